import type { Behaviour } from '../behaviour.js';
import type { Exchange } from '../sasl/exchange.js';
import { inArea } from './fault.js';
import { changeFirstMessage, wrapExchange } from './sasl-wrap.js';

const MECHANISMS = ['OAUTHBEARER', 'XOAUTH2'];

/** After a failed exchange of OAUTHBEARER another challenge comes before -ERR. */
function askAgain(b: Behaviour): void {
  wrapExchange(b, 'OAUTHBEARER', function* (s, next): Exchange {
    const outcome = yield* next(s);
    if (outcome?.authentic === false) yield Buffer.from(b.sasl.tokenError());
    return outcome;
  });
}

export const saslOauthFaults = inArea('sasl', [
  {
    id: 'oauth-right-refused',
    title: 'The right bearer token is refused',
    clause: '5034-4-AUTH-20',
    apply(b) {
      b.sasl.tokenFits = () => false;
    },
  },
  {
    id: 'oauth-any-token',
    title: 'Every bearer token is accepted',
    clause: '5034-4-AUTH-19',
    apply(b) {
      b.sasl.tokenFits = () => true;
    },
  },
  {
    id: 'oauth-any-place',
    title: 'Host and port of OAUTHBEARER are not compared',
    clause: '7628-3.2-OAUTH-4',
    apply(b) {
      b.sasl.tokenFits = (_s, user, { token }) => user.token === token;
    },
  },
  {
    id: 'oauth-error-in-err',
    title: 'A wrong bearer token gets -ERR at once',
    clause: '7628-3.2.2-OAUTH-5',
    apply(b) {
      for (const name of MECHANISMS)
        wrapExchange(b, name, function* (s, next): Exchange {
          const exchange = next(s);
          const first = exchange.next();
          if (first.done === true) return first.value;
          const second = exchange.next(yield first.value);
          return second.done === true ? second.value : { user: undefined, authentic: false };
        });
    },
  },
  {
    id: 'oauth-error-no-json',
    title: 'The error challenge of OAUTHBEARER is a text',
    clause: '7628-3.2.2-OAUTH-5',
    apply(b) {
      b.sasl.tokenError = () => 'invalid token';
    },
  },
  {
    id: 'oauth-error-again',
    title: 'The answer to the error challenge of OAUTHBEARER gets another challenge',
    clause: '7628-3.2.3-OAUTH-6',
    apply: askAgain,
  },
  {
    id: 'oauth-unknown-key',
    title: 'OAUTHBEARER refuses keys that it does not know',
    clause: '7628-3.1-OAUTH-2',
    apply: (b) =>
      changeFirstMessage(b, 'OAUTHBEARER', (message) =>
        /\x01(?!(?:auth|host|port)=)[A-Za-z]+=/.test(message.toString()) ? null : message,
      ),
  },
  {
    id: 'oauth-bearer-case',
    title: 'OAUTHBEARER understands the word Bearer only as it is written here',
    clause: '7628-4-OAUTH-9',
    apply: (b) =>
      changeFirstMessage(b, 'OAUTHBEARER', (message) => (/Bearer/.test(message.toString()) ? message : null)),
  },
]);
