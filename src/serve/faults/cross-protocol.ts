import { err, ok, type Session } from '../session.js';
import { HANDSHAKE_RECORD, inArea } from './fault.js';

export const crossProtocolFaults = inArea('framing', [
  {
    id: 'http-answered',
    title: 'A request of HTTP is answered in HTTP',
    clause: '1939-3-STATE-5',
    apply(b) {
      const { unknownCommand } = b;
      b.unknownCommand = (s, line) => {
        if (!line.startsWith('GET ')) return unknownCommand(s, line);
        s.port.write('HTTP/1.1 400 Bad Request\r\n');
        return false;
      };
    },
  },
  {
    id: 'smtp-answered',
    title: 'EHLO is answered as if this were SMTP',
    clause: '1939-3-STATE-5',
    apply(b) {
      const { unknownCommand } = b;
      b.unknownCommand = (s, line) => (/^EHLO /i.test(line) ? ok(s, 'hello') : unknownCommand(s, line));
    },
  },
  {
    id: 'unknown-twice',
    title: 'An unknown command is answered twice',
    clause: '1939-3-CONN-3',
    apply(b) {
      const { unknownCommand } = b;
      b.unknownCommand = (s, line) => unknownCommand(s, line) || err(s, 'try another');
    },
  },
  {
    id: 'tags-skipped',
    title: 'A word in front of a command is passed over',
    clause: '1939-3-STATE-5',
    apply(b) {
      const { unknownCommand } = b;
      b.unknownCommand = (s, line) => {
        const keyword = line.split(' ')[1];
        const command = keyword === undefined ? undefined : b.findCommand(keyword);
        return command?.phase === 'any' ? command.run(s, []) : unknownCommand(s, line);
      };
    },
  },
  {
    id: 'unknown-reflected',
    title: 'The answer to an unknown command holds its octets',
    clause: '1939-3-STATE-5',
    apply(b) {
      b.unknownCommand = (s, line) => err(s, `unknown command ${line}`);
    },
  },
  {
    id: 'hello-hangs',
    title: 'After the first octet of a TLS handshake in clear nothing is answered any more',
    clause: '1939-3-STATE-5',
    apply(b) {
      const stuck = new WeakSet<Session>();
      const { takeLine } = b;
      b.takeLine = (s, line) => {
        if (line.charCodeAt(0) === HANDSHAKE_RECORD) stuck.add(s);
        return !stuck.has(s) && takeLine(s, line);
      };
    },
  },
]);
