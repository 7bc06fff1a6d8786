import { build, encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import type { CaseResult, CheckResult } from '../../src/check/result.js';
import type { Finding, TraceEvent, Verdict } from '../../src/dialogue/outcome.js';
import type { Interval, Latency, LoadResult } from '../../src/load/result.js';

/** Result documents for the tests of reporters: ordinary ones, large ones, and ones with hostile server text. */

export function event(atUs: number, kind: TraceEvent['kind'], text = '', connection = 'A'): TraceEvent {
  return { atUs, connection, kind, text };
}

/** A dialogue as a server and a client hold it, `C: ` and `S: ` lines; each becomes one event with CRLF. */
export function trace(lines: readonly string[], connection = 'A'): TraceEvent[] {
  const events = [event(0, 'connect', '127.0.0.1:1110', connection), event(210, 'connected', '', connection)];
  lines.forEach((line, index) => {
    const kind = line.startsWith('C: ') ? 'send' : 'receive';
    events.push(event(400 + index * 380, kind, `${line.slice(3)}\r\n`, connection));
  });
  return events;
}

const SESSION = [
  'S: +OK POP3 ready <1896.697170952@mail.example>',
  'C: USER alice',
  'S: +OK',
  'C: PASS ***',
  'S: +OK 2 messages',
];

export function finding(verdict: Verdict, more: Partial<Finding> = {}): Finding {
  return {
    verdict,
    reason: 'LIST announced another size than RETR sent',
    cause: 'check',
    place: 'suites/rfc1939/retr.yaml:31',
    source: 'check octets(body) == size',
    expected: ['S: +OK 2 320'],
    actual: '+OK 2 321\\r\\n',
    ...more,
  };
}

export function sampleCase(more: Partial<CaseResult> = {}): CaseResult {
  return {
    id: 'rfc1939/stat/drop-listing',
    title: 'STAT answers with count and size of the maildrop',
    place: 'suites/rfc1939/stat.yaml:9',
    level: 'MUST',
    clauses: ['1939-5-STAT-1'],
    why: 'A mail program decides by these two numbers whether there is mail to fetch.',
    verdict: 'pass',
    findings: [],
    attempts: 1,
    durationMs: 3.4,
    dialogue: 'C: STAT\nS: +OK {count:int} {total:octets}\n| S: -ERR => fail "STAT is refused"\n',
    transcript: trace([...SESSION, 'C: STAT', 'S: +OK 2 320', 'C: QUIT', 'S: +OK bye']),
    ...more,
  };
}

function findingCases(): CaseResult[] {
  return [
    sampleCase({
      id: 'rfc1939/retr/byte-stuffing',
      title: 'A line that begins with "." is sent with a second "."',
      place: 'suites/rfc1939/retr.yaml:22',
      clauses: ['1939-3-ML-4', '1939-5-RETR-2'],
      why: 'A client takes the unstuffed line "." for the end of the message: the rest of the mail is lost, and read as replies.',
      verdict: 'fail',
      attempts: 2,
      durationMs: 12.8,
      dialogue:
        'C: LIST {leading_dots}\nS: +OK {leading_dots} {size:octets}\nC: RETR {leading_dots}\nS: +OK ...\nS> {body}\ncheck octets(body) == size\n',
      findings: [
        finding('fail', {
          event: 10,
          values: [
            { expression: 'octets(body)', value: '118' },
            { expression: 'size', value: '412' },
          ],
        }),
      ],
      transcript: [
        ...trace([...SESSION, 'C: LIST 2', 'S: +OK 2 412', 'C: RETR 2']).slice(0, 10),
        event(
          3_420,
          'receive',
          '+OK 412 octets\r\nSubject: dots\r\n\r\nfirst line\r\n.\r\n.hidden\r\n..\r\n\tlast line\n',
        ),
        event(3_660, 'send', 'QUIT\r\n'),
        event(9_100, 'receive', '-ERR unknown command\r\n'),
        event(9_200, 'we-close'),
      ],
    }),
    sampleCase({
      id: 'rfc1939/dele/gone-after-quit',
      title: 'A message marked with DELE is gone in the next session',
      place: 'suites/rfc1939/dele.yaml:40',
      clauses: ['1939-6-UPDATE-1'],
      verdict: 'fail',
      durationMs: 48.2,
      dialogue: 'C: DELE 1\nS: +OK\nC: QUIT\nS: +OK\nS close\nuse reconnect\nC: LIST 1\nS: -ERR\n',
      findings: [
        finding('fail', {
          reason: 'The message is still there',
          cause: 'reply',
          place: 'suites/rfc1939/dele.yaml:48',
          source: 'S: -ERR',
          expected: ['S: -ERR'],
          actual: '+OK 1 120\\r\\n',
          event: 12,
        }),
      ],
      transcript: [
        ...trace([...SESSION, 'C: DELE 1', 'S: +OK marked', 'C: QUIT', 'S: +OK bye']),
        event(4_300, 'receive', '+OK 1 120\r\n', 'B'),
        event(4_500, 'reset', '', 'B'),
      ],
    }),
    sampleCase({
      id: 'rfc1939/reply/crlf',
      title: 'Every status line ends with CRLF',
      place: 'suites/rfc1939/reply.yaml:5',
      clauses: ['1939-3-RESP-2'],
      verdict: 'fail',
      dialogue: 'C: XYZZY\nS: -ERR\n',
      findings: [
        finding('fail', {
          reason: 'A status line ended with LF alone',
          place: 'suites/rfc1939/reply.yaml:9',
          source: 'holds: reply.crlf',
          expected: ['a line end of CR LF'],
          actual: '-ERR unknown command\\n',
          witness: 'rfc2449/capa/before-login',
          event: 3,
        }),
      ],
    }),
    sampleCase({
      id: 'rfc1939/stat/no-text-behind',
      title: 'Nothing stands behind the two numbers of STAT',
      level: 'SHOULD',
      clauses: ['1939-5-STAT-3'],
      verdict: 'warn',
      findings: [
        finding('warn', {
          reason: 'text after the size is discouraged',
          cause: 'reply',
          source: '| S: +OK {count:int} {total:octets} ...  => warn "text after the size is discouraged"',
          expected: ['S: +OK {count:int} {total:octets}'],
          actual: '+OK 2 320 octets\\r\\n',
          event: 8,
        }),
      ],
      transcript: trace([...SESSION, 'C: STAT', 'S: +OK 2 320 octets', 'C: QUIT', 'S: +OK bye']),
    }),
    sampleCase({
      id: 'rfc2449/capa/before-login',
      title: 'CAPA is answered before login',
      place: 'suites/rfc2449/capa.yaml:7',
      clauses: ['2449-5-CAPA-1'],
      verdict: 'inconclusive',
      attempts: 2,
      durationMs: 20_013,
      findings: [
        finding('inconclusive', {
          reason: 'no answer came twice, while another connection was answered promptly',
          cause: 'timeout',
          source: 'S: +OK',
          expected: ['S: +OK', 'S: -ERR'],
          actual: 'nothing',
          waitedMs: 20_000,
        }),
      ],
      transcript: [
        ...trace(['S: +OK ready', 'C: CAPA']),
        event(20_001_000, 'timeout', 'no answer within 20 s'),
      ],
    }),
    sampleCase({
      id: 'security/stls/injection',
      title: 'What was sent in clear before the handshake is dropped',
      place: 'suites/security/stls.yaml:12',
      level: 'SECURITY',
      clauses: ['2595-4-STLS-7'],
      verdict: 'error',
      findings: [finding('error', { reason: 'the certificate could not be made', cause: 'tls', actual: '' })],
    }),
    sampleCase({
      id: 'rfc1939/uidl/stable',
      title: 'The unique-id of a message is the same in the next session',
      level: 'MAY',
      clauses: ['1939-7-UIDL-4'],
      verdict: 'info',
      findings: [
        finding('info', {
          reason: 'the unique-ids look like message numbers',
          cause: 'check',
          actual: '1, 2',
        }),
      ],
    }),
    sampleCase({
      id: 'rfc1939/dele/rset-undoes',
      title: 'RSET takes the mark away',
      place: 'suites/rfc1939/dele.yaml:70',
      verdict: 'blocked',
      note: 'the case deletes: give --allow-delete for a test mailbox',
      transcript: [],
    }),
    sampleCase({
      id: 'rfc2449/pipelining/three-commands',
      title: 'Three commands in one segment get three answers in order',
      place: 'suites/rfc2449/pipelining.yaml:7',
      verdict: 'unsupported',
      clauses: ['2449-6.6-PIPE-1'],
      note: 'the server does not announce PIPELINING',
      transcript: [],
    }),
  ];
}

const COMMANDS = [
  'stat',
  'list',
  'retr',
  'dele',
  'noop',
  'rset',
  'quit',
  'top',
  'uidl',
  'user',
  'pass',
  'apop',
];

/** So many passing cases, spread over commands. */
export function passingCases(howMany: number): CaseResult[] {
  return Array.from({ length: howMany }, (_, index) => {
    const command = COMMANDS[index % COMMANDS.length] ?? 'stat';
    return sampleCase({
      id: `rfc1939/${command}/passing-${Math.floor(index / COMMANDS.length)}`,
      title: `${command.toUpperCase()} does what is asked of it, form ${Math.floor(index / COMMANDS.length) + 1}`,
      place: `suites/rfc1939/${command}.yaml:${7 + index}`,
      level: index % 9 === 0 ? 'SHOULD' : 'MUST',
    });
  });
}

/** A check in which every verdict happens. */
export function sampleCheck(more: Partial<CheckResult> = {}): CheckResult {
  const clause = (id: string, text: string) => {
    const [rfc = '', section = ''] = id.split('-');
    return { id, rfc: Number(rfc), section, level: 'MUST', text };
  };
  return {
    schemaVersion: 1,
    kind: 'check',
    tool: { name: 'popspec', version: '0.1.0' },
    startedAt: '2026-03-14T09:26:53.589Z',
    durationMs: 4_812,
    complete: true,
    target: {
      url: 'pop3://mail.example:1110',
      host: 'mail.example',
      port: 1110,
      address: '127.0.0.1',
      tls: 'none',
      auth: 'user',
      greeting: 'POP3 ready <1896.697170952@mail.example>',
      capabilities: ['TOP', 'UIDL', 'USER', 'RESP-CODES'],
      roundTripMs: 0.31,
    },
    environment: { node: 'v20.20.2', platform: 'linux x64', cpus: 2 },
    options: {
      only: [],
      skip: [],
      slow: false,
      allowDelete: false,
      failOn: 'must',
      accounts: 4,
      timeoutMs: 20_000,
    },
    preflight: trace(['S: +OK POP3 ready', 'C: CAPA', 'S: +OK', 'S: TOP', 'S: UIDL', 'S: .']),
    cases: [...findingCases(), ...passingCases(60)],
    clauses: [
      clause('1939-5-STAT-1', 'STAT is answered by +OK, the number of messages and their size in octets.'),
      clause('1939-5-STAT-3', 'Nothing more should follow the size in the answer to STAT.'),
      clause(
        '1939-3-ML-4',
        'A line of a multi-line response that begins with the termination octet gets another one in front.',
      ),
      clause('1939-5-RETR-2', 'After +OK the whole message follows, byte-stuffed.'),
      clause(
        '1939-6-UPDATE-1',
        'QUIT in the TRANSACTION state removes every message that is marked as deleted.',
      ),
      clause('1939-3-RESP-2', 'A response ends with a CRLF pair.'),
      clause('1939-7-UIDL-4', 'A unique-id stays the same over sessions.'),
      clause('2449-5-CAPA-1', 'CAPA may be used in both states.'),
      clause(
        '2449-6.6-PIPE-1',
        'A server that announces PIPELINING accepts several commands in one segment.',
      ),
      clause('2595-4-STLS-7', 'What was known before the TLS handshake is forgotten.'),
    ],
    coverage: [
      { rfc: 1939, title: 'Post Office Protocol - Version 3', binding: 104, tested: 96, notOnWire: 8 },
      { rfc: 2449, title: 'POP3 Extension Mechanism', binding: 61, tested: 14, notOnWire: 5 },
      { rfc: 2595, title: 'Using TLS with POP3', binding: 22, tested: 2, notOnWire: 2 },
    ],
    exit: { code: 1, reason: '3 cases failed' },
    ...more,
  };
}

/** Server text meant to break out of whatever shows it. */
export const HOSTILE_TEXTS: readonly string[] = [
  '<script>globalThis.hacked = 1</script><img src=x onerror="globalThis.hacked = 1">',
  "\"><svg onload=globalThis.hacked=1>' onmouseover=globalThis.hacked=1 x='",
  '</style></script></pre></details><h1>broken out</h1><!-- ]]> --> &amp; &#x41; <?xml ?>',
  '\x1b[31mred\x1b]0;title\x07\x1b[2J\x9b1A\b\b\b',
  '\x00\x01\x02\x0b\x0c\x1f\x7f\x80\x9f',
  '\xe2\x80\xaegnp.exe\xe2\x81\xa6x\xe2\x80\x8f\xd8\x9c\xef\xbb\xbf',
  '\xff\xfe\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80 caf\xc3\xa9 \xf0\x9f\x93\xac',
  '| cell | [link](javascript:alert(1)) ![x](http://127.0.0.1:9/x.png) @everyone `code` ```',
  '::set-output name=a::b ::stop-commands::x\r\n::error file=a,line=1,title=b::c\n##[set-output name=a]b ###[warning]x ##vso[task.setvariable variable=a]b [[ATTACHMENT|/etc/passwd]]',
  `${'A'.repeat(1_000_000)}\r\n`,
];

/** Lines that the runner of GitHub Actions, or the agent of another CI server, would carry out instead of showing them. */
export function ciCommands(log: string): string[] {
  return log.split(/\r\n|[\r\n]/).filter((line) => /^\s*::|##\w*\[/.test(line));
}

/** The same, all in one line. */
export const HOSTILE = HOSTILE_TEXTS.slice(0, -1).join(' ');

/** A check in which every field that a server can influence is hostile. */
export function hostileCheck(): CheckResult {
  const base = sampleCheck();
  const verdicts: readonly Verdict[] = [
    'fail',
    'error',
    'warn',
    'inconclusive',
    'info',
    'blocked',
    'unsupported',
    'pass',
  ];
  const cases = HOSTILE_TEXTS.flatMap((text, index) =>
    verdicts.map((verdict) =>
      sampleCase({
        id: `rfc1939/hostile/text-${index}/${verdict}`,
        title: `Hostile text ${index}`,
        place: 'suites/rfc1939/hostile.yaml:7',
        verdict,
        ...(verdict === 'warn' ? { known: { reason: text, expires: '2027-01-01', place: text } } : {}),
        ...(verdict === 'blocked' || verdict === 'unsupported' ? { note: text } : {}),
        findings:
          verdict === 'pass'
            ? []
            : [
                finding(verdict, {
                  reason: text,
                  actual: text,
                  source: text,
                  expected: [text, text],
                  values: [{ expression: text, value: text }],
                  event: 1,
                }),
              ],
        transcript: [
          event(100, 'connect', text),
          event(200, 'receive', `${text}\r\n${text}\n`),
          event(300, 'error', text),
          event(350, 'tls', text),
          event(400, 'note', text),
          { ...event(500, 'receive', text), cut: 5, omitted: 70_000 },
        ],
      }),
    ),
  );
  return {
    ...base,
    cases,
    target: {
      ...base.target,
      greeting: HOSTILE,
      capabilities: [...HOSTILE_TEXTS],
      tlsProtocol: HOSTILE,
      tlsCipher: HOSTILE,
    },
    baseline: {
      file: HOSTILE,
      entries: HOSTILE_TEXTS.map((text) => ({
        id: text,
        verdict: 'warn',
        reason: text,
        date: '2026-01-01',
        expires: text,
        place: text,
        line: 1,
        lastLine: 2,
        state: 'fixed',
      })),
    },
    preflight: HOSTILE_TEXTS.map((text, index) => event(index, 'receive', text)),
    problem: { code: 'PREFLIGHT', message: `the server said ${HOSTILE}`, hint: HOSTILE },
    exit: { code: 1, reason: HOSTILE },
  };
}

/** A latency with a real histogram: so many values around a median, log-normal. */
export function latency(
  name: string,
  medianUs: number,
  howMany: number,
  more: Partial<Latency> = {},
): Latency {
  const histogram = build({ bitBucketSize: 64, autoResize: true, numberOfSignificantValueDigits: 3 });
  let seed = 42 + medianUs;
  const random = () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  for (let i = 0; i < howMany; i++) {
    const normal = Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
    histogram.recordValue(
      Math.max(1, Math.round(medianUs * Math.exp(0.45 * normal) * (random() < 0.004 ? 8 : 1))),
    );
  }
  const at = (percentile: number) => (howMany === 0 ? 0 : histogram.getValueAtPercentile(percentile));
  return {
    name,
    kind: 'session',
    outcome: 'ok',
    measure: 'sent',
    count: howMany,
    minUs: at(0),
    meanUs: howMany === 0 ? 0 : Math.round(histogram.mean),
    p50Us: at(50),
    p90Us: at(90),
    p95Us: at(95),
    p99Us: at(99),
    p999Us: at(99.9),
    maxUs: at(100),
    histogram: encodeIntoCompressedBase64(histogram),
    ...more,
  };
}

function interval(index: number, seconds: number): Interval {
  const wave = Math.sin(index / 4) * 12;
  const stall = index >= seconds * 0.6 && index < seconds * 0.65 ? 60 : 0;
  const completed = Math.round(196 + wave - stall);
  return {
    atMs: (index + 1) * 1_000,
    durationMs: 1_000,
    planned: 200,
    started: 200,
    completed,
    failed: stall > 0 ? 4 : index % 7 === 0 ? 1 : 0,
    dropped: stall > 0 ? 2 : 0,
    concurrent: Math.round(18 + wave / 2 + stall),
    commands: completed * 9,
    messages: completed * 3,
    octets: completed * 41_000,
    integrityErrors: 0,
    p50Us: 14_000 + Math.round(wave * 90) + stall * 300,
    p90Us: 24_000 + Math.round(wave * 180) + stall * 1_200,
    p99Us: 61_000 + Math.round(Math.abs(wave) * 900) + stall * 4_000,
    lagMeanUs: 240 + Math.round(Math.abs(wave) * 10),
    lagMaxUs: 900 + Math.round(Math.abs(wave) * 140) + stall * 30,
  };
}

/** Intervals of one second each, with a stall in them. */
export function sampleSeries(seconds: number): Interval[] {
  return Array.from({ length: seconds }, (_, index) => interval(index, seconds));
}

/** A load run in the open model that misses one threshold. */
export function sampleLoad(seconds = 60, more: Partial<LoadResult> = {}): LoadResult {
  const n = seconds * 196;
  return {
    schemaVersion: 1,
    kind: 'load',
    tool: { name: 'popspec', version: '0.1.0' },
    startedAt: '2026-03-14T09:26:53.589Z',
    durationMs: seconds * 1_000,
    complete: true,
    target: {
      url: 'pop3s://mail.example:995',
      host: 'mail.example',
      port: 995,
      address: '127.0.0.1',
      tls: 'implicit',
      auth: 'plain',
      greeting: 'Dovecot (Debian) ready.',
    },
    environment: { node: 'v20.20.2', platform: 'linux x64', cpus: 2 },
    scenario: {
      id: 'load/download-and-keep',
      title: 'Log in, fetch every message, keep it',
      dialogue:
        'C: STAT\nS: +OK {count:int} {total:octets} ...\nfor i in 1..min(count, 10)\n  C: RETR {i}\n  S: +OK\n  S> {body}\nC: QUIT\nS: +OK\n',
    },
    model: {
      kind: 'open',
      stages: [{ fromPerSecond: 200, toPerSecond: 200, durationMs: seconds * 1_000 }],
      arrivals: 'uniform',
      durationMs: seconds * 1_000,
      warmupMs: 2_000,
      maxSessions: 2_000,
    },
    seed: 7,
    users: 400,
    totals: {
      planned: seconds * 200,
      started: seconds * 200 - 6,
      late: 0,
      completed: n,
      failed: 17,
      dropped: 6,
      cutOff: 3,
      commands: n * 9,
      messages: n * 3,
      octets: n * 41_000,
      deleted: 0,
      peakConcurrent: 84,
    },
    rates: {
      offered: 200,
      started: 199.9,
      completed: 196.2,
      commands: 1_766,
      messages: 588,
      octets: 8_044_200,
    },
    scheduleLag: latency('schedule lag', 240, n, { measure: 'planned' }),
    latencies: [
      latency('session', 16_400, n, { measure: 'planned' }),
      latency('session', 15_900, n),
      latency('session', 2_100_000, 17, { outcome: 'failed' }),
      latency('connect', 310, n, { kind: 'phase' }),
      latency('tls', 2_900, n, { kind: 'phase' }),
      latency('greeting', 420, n, { kind: 'phase' }),
      latency('login', 5_200, n, { kind: 'phase' }),
      latency('login', 1_900_000, 12, { kind: 'phase', outcome: 'failed' }),
      latency('STAT', 380, n, { kind: 'command' }),
      latency('UIDL', 640, n, { kind: 'command' }),
      latency('RETR', 1_250, n * 3, { kind: 'command' }),
      latency('RETR', 720, n * 3, { kind: 'command', measure: 'first-octet' }),
      latency('QUIT', 510, n, { kind: 'command' }),
    ],
    series: sampleSeries(seconds),
    integrity: { checks: n * 5, errors: 2 },
    errors: [
      {
        text: '-ERR [IN-USE] mailbox is locked by another session',
        cause: 'reply',
        integrity: false,
        count: 12,
        firstAtMs: 36_200,
        transcript: trace([
          'S: +OK ready',
          'C: AUTH PLAIN',
          'S: +',
          'C: ***',
          'S: -ERR [IN-USE] mailbox is locked by another session',
        ]),
      },
      {
        text: 'no answer to RETR within 20 s',
        cause: 'timeout',
        integrity: false,
        count: 3,
        firstAtMs: 38_010,
        transcript: [
          ...trace([...SESSION, 'C: RETR 1']),
          event(20_000_000, 'timeout', 'no answer within 20 s'),
        ],
      },
      {
        text: 'RETR sent other octets than LIST announced',
        cause: 'check',
        integrity: true,
        count: 2,
        firstAtMs: 41_800,
        transcript: trace([
          ...SESSION,
          'C: LIST 1',
          'S: +OK 1 120',
          'C: RETR 1',
          'S: +OK',
          'S: Subject: x',
          'S: ',
          'S: short',
          'S: .',
        ]),
      },
    ],
    thresholds: [
      { expression: 'session.p99 < 200ms', actual: '241 ms', value: 241, passed: false },
      { expression: 'errors < 1%', actual: '0.14 %', value: 0.14, passed: true },
      { expression: 'rate > 95%', actual: '98.1 %', value: 98.1, passed: true },
    ],
    health: {
      eventLoopDelayP99Ms: 2.1,
      eventLoopDelayMaxMs: 11.4,
      cpuPercent: 61,
      gcMs: 41.5,
      gcMaxMs: 3.2,
      workers: [
        {
          eventLoopDelayP99Ms: 2.1,
          eventLoopDelayMaxMs: 11.4,
          cpuPercent: 61,
          gcMs: 41.5,
          gcMaxMs: 3.2,
          busyShare: 0,
        },
      ],
      maxRssBytes: 182_000_000,
      openFiles: 131,
      openFilesLimit: 1_048_576,
      verdict: 'ok',
      reasons: [],
    },
    exit: { code: 1, reason: '1 threshold missed' },
    ...more,
  };
}

/** A load run in which every field that a server can influence is hostile. */
export function hostileLoad(): LoadResult {
  const base = sampleLoad(3);
  return {
    ...base,
    target: { ...base.target, greeting: HOSTILE },
    errors: HOSTILE_TEXTS.map((text, index) => ({
      text,
      cause: 'reply',
      integrity: index % 2 === 0,
      count: index + 1,
      firstAtMs: index,
      transcript: [event(1, 'receive', text), event(2, 'error', text)],
    })),
    latencies: [...base.latencies, latency(HOSTILE.slice(0, 300), 900, 50, { kind: 'command' })],
    thresholds: [{ expression: 'errors < 1%', actual: HOSTILE, value: null, passed: false }],
    problem: { code: 'LOST', message: HOSTILE, hint: HOSTILE },
    exit: { code: 5, reason: HOSTILE },
  };
}

/** A check with a baseline: one of its findings is known, one entry is fixed, one has expired. */
export function sampleWithBaseline(): CheckResult {
  const doc = sampleCheck();
  const known = { reason: 'ticket 4711', expires: '2026-06-30', place: 'popspec.baseline.yaml:4' };
  const entry = (
    id: string,
    line: number,
    state: NonNullable<CheckResult['baseline']>['entries'][number]['state'],
    expires = known.expires,
  ) => ({
    id,
    verdict: 'fail' as const,
    reason: known.reason,
    date: '2026-01-31',
    expires,
    place: `popspec.baseline.yaml:${line}`,
    line,
    lastLine: line + 4,
    state,
  });
  return {
    ...doc,
    cases: doc.cases.map((result) =>
      result.id === 'rfc1939/retr/byte-stuffing' ? { ...result, known } : result,
    ),
    baseline: {
      file: 'popspec.baseline.yaml',
      entries: [
        entry('rfc1939/retr/byte-stuffing', 4, 'known'),
        entry('rfc1939/stat/passing-0', 9, 'fixed'),
        entry('rfc1939/dele/gone-after-quit', 14, 'expired', '2026-03-01'),
        entry('rfc1939/top/some', 19, 'not run'),
      ],
    },
  };
}
