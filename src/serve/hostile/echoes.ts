import { changed, type Hostile } from './hostile.js';

/** Lines of a login that are remembered. */
const LINES_MAX = 4;

/** All that was said in logins stands behind every status line from then on, as `form` writes it. */
function echoing(id: string, title: string, form: (line: string) => string): Hostile {
  return {
    id,
    title,
    manners() {
      const heard: string[] = [];
      let exchange = false;
      return {
        heard(line, { verb }) {
          const login = /^(USER|PASS|APOP|AUTH)$/.test(verb);
          if (login || exchange) heard.push(line.trimEnd());
          if (heard.length > LINES_MAX) heard.shift();
          exchange = verb === 'AUTH' || (exchange && !login && !/^(CAPA|STAT|QUIT|NOOP)$/.test(verb));
          return true;
        },
        said: (octets) =>
          changed(octets, (piece) =>
            piece.replace(/^(\+OK|-ERR)[^\r\n]*/, (line) => `${line} ${heard.map(form).join(' ')}`),
          ),
      };
    },
  };
}

const argument = (line: string): string => line.replace(/^(USER|PASS) /i, '');

/** Every octet as `%hh`. */
const percent = (text: string): string =>
  Buffer.from(text, 'latin1')
    .toString('hex')
    .replace(/../g, (pair) => `%${pair}`);

export const echoes: readonly Hostile[] = [
  echoing('echo', 'Repeats what was said in logins', (line) => line),
  echoing('echo-base64', 'Repeats what was said in logins in base64', (line) =>
    Buffer.from(argument(line), 'latin1').toString('base64'),
  ),
  echoing('echo-decoded', 'Repeats the responses of SASL decoded', (line) =>
    Buffer.from(line.split(' ').at(-1) ?? '', 'base64')
      .toString('latin1')
      .replace(/[\0\r\n]/g, ' '),
  ),
  echoing('echo-url', 'Repeats what was said in logins url-encoded', (line) => {
    const text = argument(line);
    return `${percent(text)} ${encodeURIComponent(text)}`;
  }),
  echoing('echo-hex', 'Repeats what was said in logins in hexadecimal', (line) =>
    Buffer.from(argument(line), 'latin1').toString('hex'),
  ),
  echoing('echo-split', 'Repeats what was said in logins, split over two lines', (line) => {
    const text = argument(line);
    const half = Math.floor(text.length / 2);
    return `${text.slice(0, half)}\r\n${text.slice(half)}`;
  }),
  echoing('echo-spaced', 'Repeats what was said in logins with a space behind each octet', (line) =>
    [...argument(line)].join(' '),
  ),
];
