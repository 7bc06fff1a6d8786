import type { Behaviour } from '../behaviour.js';
import type { Session } from '../session.js';
import type { Personality } from './personality.js';

const REQUEST = /^[A-Z]+ \S+ HTTP\/1\.[01]$/;

/** A web server: silent until it is spoken to, then one response and the end of the connection. */
function speakHttp(b: Behaviour, page: string, bad: string): void {
  const requested = new WeakSet<Session>();
  const answer = (s: Session, response: string): boolean => {
    s.port.write(response);
    b.hangUp(s);
    return false;
  };
  b.greet = () => undefined;
  b.statusLine = () => '';
  b.takeLine = (s, line) => {
    if (requested.has(s)) return line === '' ? answer(s, page) : true;
    // An empty line before a request is passed over (RFC 9112 §2.2).
    if (line === '') return true;
    if (!REQUEST.test(line)) return answer(s, bad);
    requested.add(s);
    return true;
  };
}

function response(status: string, html: string, fields: readonly string[] = []): string {
  const head = [
    `HTTP/1.1 ${status}`,
    'Server: nginx',
    'Content-Type: text/html',
    `Content-Length: ${html.length}`,
    'Connection: close',
    ...fields,
  ];
  return `${head.join('\r\n')}\r\n\r\n${html}`;
}

const BAD_REQUEST = response(
  '400 Bad Request',
  '<html>\r\n<head><title>400 Bad Request</title></head>\r\n<body>\r\n<center><h1>400 Bad Request</h1></center>\r\n</body>\r\n</html>\r\n',
);
const WELCOME = response(
  '200 OK',
  '<html><head><title>Welcome</title></head><body>It works.</body></html>\r\n',
);
const PORTAL = response(
  '302 Found',
  '<html><head><title>Wi-Fi login</title></head><body>Log in to use the network: <a href="http://portal.example/login">hotspot</a></body></html>\r\n',
  ['Location: http://portal.example/login'],
);

export const httpPersonalities: readonly Personality[] = [
  {
    id: 'http',
    title: 'A web server on the port of POP3',
    speaks: 'HTTP',
    firstCause: 'http-there',
    quirks: [
      {
        text: 'It does not greet, and answers a POP3 command with 400 and the end of the connection',
        source: 'https://www.rfc-editor.org/rfc/rfc9112#section-2.2',
      },
    ],
    apply: (b) => speakHttp(b, WELCOME, BAD_REQUEST),
  },
  {
    id: 'captive-portal',
    title: 'The login page of a public network, which takes every connection to itself',
    speaks: 'HTTP',
    firstCause: 'captive-portal',
    quirks: [
      {
        text: 'Whatever is asked, in clear or by TLS, the answer is a redirection to the page to log in at',
        source: 'https://www.rfc-editor.org/rfc/rfc8952',
      },
    ],
    apply(b) {
      speakHttp(b, PORTAL, PORTAL);
      // A ClientHello holds no line; it is answered as it is.
      b.unfinishedLine = 'taken';
      b.acceptTls = (_socket, _handshake, serveInClear) => serveInClear();
    },
  },
];
