import { encodeBase64 } from '../../pop3/base64.js';
import { cramMd5Digest } from '../../pop3/sasl-cram-md5.js';
import { type ClientFirst, parseClientFirst } from '../../pop3/sasl-scram.js';
import type { Behaviour } from '../behaviour.js';
import type { Exchange } from '../sasl/exchange.js';
import type { Session } from '../session.js';
import { inArea } from './fault.js';
import { wrapExchange } from './sasl-wrap.js';

const FEW_ITERATIONS = 1000;
const SHA_1_OCTETS = 20;
const SHA_256_OCTETS = 32;

/** Reads a first message as `change` would have it; what goes into the hash stays as it came. */
function readFirstAs(b: Behaviour, change: (text: string) => string): void {
  b.sasl.scramClientFirst = (text) => {
    const first = parseClientFirst(text) ?? parseClientFirst(change(text));
    if (first === null) return null;
    const [, header = '', bare = ''] = /^((?:[^,]*,){2})(.*)$/s.exec(text) ?? [];
    return { ...first, header, bare };
  };
}

function changeFirst(b: Behaviour, change: (first: ClientFirst) => ClientFirst | null): void {
  const next = b.sasl.scramClientFirst;
  b.sasl.scramClientFirst = (text) => {
    const first = next(text);
    return first === null ? null : change(first);
  };
}

export const saslScramFaults = inArea('sasl', [
  {
    id: 'cram-right-refused',
    title: 'CRAM-MD5 refuses the right digest',
    clause: '2195-2-CRAM-4',
    apply(b) {
      b.sasl.cramMatches = () => false;
    },
  },
  {
    id: 'cram-any-digest',
    title: 'CRAM-MD5 accepts every digest',
    clause: '2195-2-CRAM-5',
    apply(b) {
      b.sasl.cramMatches = () => true;
    },
  },
  {
    id: 'cram-prefix',
    title: 'CRAM-MD5 compares digests only as far as the response goes',
    clause: '2195-2-CRAM-5',
    apply(b) {
      b.sasl.cramMatches = (user, challenge, digest) =>
        cramMd5Digest(Buffer.from(challenge), user.password).startsWith(digest);
    },
  },
  {
    id: 'cram-constant',
    title: 'CRAM-MD5 has the same challenge every time',
    clause: '2195-2-CRAM-2',
    apply(b) {
      b.sasl.cramChallenge = () => '<1.1@localhost>';
    },
  },
  {
    id: 'cram-constant-in-session',
    title: 'CRAM-MD5 has the same challenge again in the same session',
    clause: '2195-2-CRAM-2',
    apply(b) {
      const challenges = new WeakMap<Session, string>();
      const next = b.sasl.cramChallenge;
      b.sasl.cramChallenge = (s) => {
        const challenge = challenges.get(s) ?? next(s);
        challenges.set(s, challenge);
        return challenge;
      };
    },
  },
  {
    id: 'cram-no-brackets',
    title: 'The challenge of CRAM-MD5 has no angle brackets',
    clause: '2195-2-CRAM-1',
    apply(b) {
      const next = b.sasl.cramChallenge;
      b.sasl.cramChallenge = (s) => next(s).slice(1, -1);
    },
  },
  {
    id: 'scram-sha-1-refused',
    title: 'SCRAM-SHA-1 refuses the right proof',
    clause: '5034-4-AUTH-20',
    apply(b) {
      const next = b.sasl.scramProofFits;
      b.sasl.scramProofFits = (hash, ...rest) => hash !== 'sha1' && next(hash, ...rest);
    },
  },
  {
    id: 'scram-wrong-signature',
    title: 'The server signature of SCRAM is wrong',
    clause: '5802-3-SCRAM-19',
    apply(b) {
      b.sasl.scramSignature = (hash) => Buffer.alloc(hash === 'sha1' ? SHA_1_OCTETS : SHA_256_OCTETS);
    },
  },
  {
    id: 'scram-data-on-ok',
    title: 'The server signature of SCRAM stands on the +OK line',
    clause: '5034-4-AUTH-27',
    apply(b) {
      const next = b.sasl.challenge;
      b.sasl.challenge = (s, data) => {
        const { respond } = s;
        if (respond === null || !data.toString().startsWith('v=')) return next(s, data);
        const { statusLine } = b;
        b.statusLine = (positive, text) => statusLine(positive, `${encodeBase64(data)} ${text}`);
        respond('');
        b.statusLine = statusLine;
      };
    },
  },
  {
    id: 'scram-order',
    title: 'The first message of SCRAM has the salt in front of the nonce',
    clause: '5802-5-SCRAM-4',
    apply(b) {
      b.sasl.scramFirst = (nonce, salt, iterations) => `s=${encodeBase64(salt)},r=${nonce},i=${iterations}`;
    },
  },
  {
    id: 'scram-own-nonce',
    title: 'The nonce of the SCRAM server does not begin with that of the client',
    clause: '5802-5-SCRAM-4',
    apply(b) {
      const next = b.sasl.scramNonce;
      b.sasl.scramNonce = (clientNonce) => next(clientNonce).slice(clientNonce.length);
    },
  },
  {
    id: 'scram-salt-raw',
    title: 'The salt of SCRAM is not in base64',
    clause: '5802-5-SCRAM-4',
    apply(b) {
      b.sasl.scramFirst = (nonce, salt, iterations) =>
        `r=${nonce},s=0x.${salt.toString('hex')},i=${iterations}`;
    },
  },
  {
    id: 'scram-constant-nonce',
    title: 'The SCRAM server adds the same to every nonce',
    clause: '5802-5.1-SCRAM-5',
    apply(b) {
      b.sasl.scramNonce = (clientNonce) => `${clientNonce}popspec`;
    },
  },
  {
    id: 'scram-no-nonce',
    title: 'The SCRAM server adds nothing to the nonce',
    clause: '5802-5.1-SCRAM-5',
    apply(b) {
      b.sasl.scramNonce = (clientNonce) => clientNonce;
    },
  },
  {
    id: 'scram-few-iterations',
    title: 'SCRAM has 1000 iterations',
    clause: '5802-5.1-SCRAM-6',
    apply(b) {
      b.sasl.scramIterations = FEW_ITERATIONS;
    },
  },
  {
    id: 'scram-any-proof',
    title: 'SCRAM accepts every proof',
    clause: '5034-4-AUTH-19',
    apply(b) {
      b.sasl.scramProofFits = () => true;
    },
  },
  {
    id: 'scram-signs-anything',
    title: 'SCRAM sends a signature before it refuses a wrong proof',
    clause: '5802-5.1-SCRAM-13',
    apply(b) {
      for (const name of ['SCRAM-SHA-1', 'SCRAM-SHA-256'])
        wrapExchange(b, name, function* (s, next): Exchange {
          const outcome = yield* next(s);
          if (outcome?.authentic === false)
            yield Buffer.from(`v=${encodeBase64(Buffer.alloc(SHA_256_OCTETS))}`);
          return outcome;
        });
    },
  },
  {
    id: 'scram-nonce-unchecked',
    title: 'SCRAM does not compare the nonce of the second message',
    clause: '5802-5.1-SCRAM-11',
    apply(b) {
      b.sasl.scramNonceFits = () => true;
    },
  },
  {
    id: 'scram-binding-unchecked',
    title: 'SCRAM does not look at "c"',
    clause: '5802-6-SCRAM-17',
    apply(b) {
      b.sasl.scramBindingFits = () => true;
    },
  },
  {
    id: 'scram-any-flag',
    title: 'SCRAM takes an unknown flag for "n"',
    clause: '5802-5-SCRAM-3',
    apply: (b) => readFirstAs(b, (text) => text.replace(/^[^nyp,]+,/, 'n,')),
  },
  {
    id: 'scram-stray-equals',
    title: 'SCRAM passes over an equals sign in a name that quotes nothing',
    clause: '5802-5.1-SCRAM-7',
    apply: (b) => readFirstAs(b, (text) => text.replace(/(,n=[^,]*?)=(?!2C|3D)(?=[^,]*,)/, '$1')),
  },
  {
    id: 'scram-mandatory-extension-ok',
    title: 'SCRAM passes over the attribute "m"',
    clause: '5802-5.1-SCRAM-10',
    apply: (b) => readFirstAs(b, (text) => text.replace(/,m=[^,]*/, '')),
  },
  {
    id: 'scram-extension-refused',
    title: 'SCRAM refuses attributes that it does not know',
    clause: '5802-5.1-SCRAM-12',
    apply: (b) => changeFirst(b, (first) => (first.bare.split(',').length > 2 ? null : first)),
  },
  {
    id: 'scram-name-quoted',
    title: 'SCRAM looks for a name in its quoted form',
    clause: '5802-5.1-SCRAM-8',
    apply: (b) => changeFirst(b, (first) => ({ ...first, user: /^n=([^,]*)/.exec(first.bare)?.[1] ?? '' })),
  },
  {
    id: 'scram-hashes-prepared-name',
    title: 'The prepared name goes into the hash of SCRAM',
    clause: '5802-5.1-SCRAM-9',
    apply: (b) => changeFirst(b, (first) => ({ ...first, bare: b.sasl.prepare(first.bare) ?? first.bare })),
  },
  {
    id: 'scram-lenient-proof',
    title: 'SCRAM accepts a proof without its pad',
    clause: '5802-2.1-SCRAM-21',
    apply(b) {
      const next = b.sasl.scramClientFinal;
      b.sasl.scramClientFinal = (text) => next(text) ?? next(`${text}=`);
    },
  },
  {
    id: 'scram-plus-refused',
    title: 'SCRAM with channel binding is listed, and every login by it fails',
    clause: '5802-4-SCRAM-2',
    apply(b) {
      const next = b.sasl.scramBindingFits;
      b.sasl.scramBindingFits = (wanted, received) =>
        !wanted.toString().startsWith('p=') && next(wanted, received);
    },
  },
  {
    id: 'scram-any-binding',
    title: 'SCRAM takes an unknown channel binding for one without data',
    clause: '5802-6-SCRAM-16',
    apply(b) {
      const next = b.sasl.scramFlagFits;
      b.sasl.scramFlagFits = (s, first, plus) => first.flag === 'p' || next(s, first, plus);
    },
  },
  {
    id: 'scram-downgrade',
    title: 'SCRAM accepts the flag "y" though it has channel binding',
    clause: '5802-6-SCRAM-15',
    apply(b) {
      const next = b.sasl.scramFlagFits;
      b.sasl.scramFlagFits = (s, first, plus) => first.flag === 'y' || next(s, first, plus);
    },
  },
  {
    id: 'scram-no-tls-unique',
    title: 'SCRAM has channel binding over TLS 1.2 and refuses tls-unique',
    clause: '5802-6.1-SCRAM-18',
    apply(b) {
      const next = b.sasl.scramFlagFits;
      b.sasl.scramFlagFits = (s, first, plus) => first.binding !== 'tls-unique' && next(s, first, plus);
    },
  },
]);
