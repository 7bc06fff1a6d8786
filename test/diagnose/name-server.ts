import { createSocket } from 'node:dgram';
import { type Answer, decode, encode, type Packet } from 'dns-packet';

/** What the name server knows of one name. A failure in place of records concerns every question about it. */
export type Records =
  | {
      readonly A?: readonly string[];
      readonly AAAA?: readonly string[];
      /** `10 mx.example.org`; `0 .` says that no mail is taken (RFC 7505). */
      readonly MX?: readonly string[];
      /** `priority weight port target`; the target `.` says that the service is not there (RFC 2782). */
      readonly SRV?: readonly string[];
    }
  | 'SERVFAIL'
  | 'REFUSED'
  | 'silent';

/** Names that are left out do not exist; `*` stands for all of them. */
export type Zone = Readonly<Record<string, Records>>;

export interface NameServer {
  /** `127.0.0.1:port` */
  readonly at: string;
  /** Questions that were asked, as `name type`. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

const CODES = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const;

/** A name server on loopback that answers from `zone`. */
export function startNameServer(zone: Zone): Promise<NameServer> {
  const asked: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (message, from) => {
    const query = decode(message);
    const [question] = query.questions ?? [];
    if (question === undefined) return;
    const name = question.name.toLowerCase();
    asked.push(`${name} ${question.type}`);
    const records = zone[name] ?? zone['*'];
    if (records === 'silent') return;
    const { code, answers } = answerTo(name, question.type, records);
    const reply: Packet & { rcode?: string } = {
      type: 'response',
      id: query.id ?? 0,
      // The response code is the low end of the flags (RFC 1035 §4.1.1); recursion is there.
      flags: 0x0180 | CODES[code],
      questions: [question],
      answers,
    };
    socket.send(encode(reply), from.port, from.address);
  });
  return new Promise((done) => {
    socket.bind(0, '127.0.0.1', () =>
      done({
        at: `127.0.0.1:${socket.address().port}`,
        asked,
        close: () => new Promise((closed) => socket.close(() => closed())),
      }),
    );
  });
}

function answerTo(
  name: string,
  type: string,
  records: Records | undefined,
): { code: keyof typeof CODES; answers: Answer[] } {
  if (records === undefined) return { code: 'NXDOMAIN', answers: [] };
  if (typeof records === 'string') return { code: records === 'silent' ? 'SERVFAIL' : records, answers: [] };
  const of = (row: string): Answer | undefined => {
    const words = row.split(' ');
    const [first = '', , port = '', target = ''] = words;
    if (type === 'A' || type === 'AAAA') return { type, name, ttl: 1, data: row };
    if (type === 'MX')
      return { type, name, ttl: 1, data: { preference: Number(first), exchange: words[1] ?? '' } };
    if (type === 'SRV')
      return {
        type,
        name,
        ttl: 1,
        data: { priority: Number(first), weight: Number(words[1]), port: Number(port), target },
      };
    return undefined;
  };
  const rows = type in records ? (records[type as keyof typeof records] ?? []) : [];
  return { code: 'NOERROR', answers: rows.map(of).filter((answer) => answer !== undefined) };
}
