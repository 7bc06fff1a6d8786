import { Buffer } from 'node:buffer';
import { performance } from 'node:perf_hooks';
import { Connection, type ConnectionListener } from '../wire/connection.js';
import { portsOf } from '../wire/target.js';
import type { HandshakeOptions } from '../wire/tls.js';
import type { Course, Progress, Wait } from './course.js';
import type { FlowStep } from './flow.js';
import { Handshaking } from './handshaking.js';
import type { Peer } from './peer.js';
import type { Step } from './program.js';
import { type Answer, type Awaited, type Expect, Reading } from './reading.js';
import { speak, takeUnasked } from './speaking.js';

type StepOf<Op extends Step['op']> = Extract<Step, { op: Op }>;

const STATED = 'the dialogue came to this line';
const DOES_NOT_HOLD = 'it does not hold';

/** Does what a step says. `listener` hears of the connections that it opens. */
export function execute(step: Step, course: Course, listener: ConnectionListener): Progress {
  switch (step.op) {
    case 'send':
      return send(step, 0, course);
    case 'expect':
      return expect(step, course);
    case 'assert':
      return assert(step, course);
    case 'connect':
      return connect(step, course, listener);
    case 'tls':
      return startTls(step, course);
    case 'pause':
      return pause(step, course);
    case 'deliver':
      return deliver(step, course);
    case 'verdict': {
      const { verdict, reason } = step;
      return course.found({ step, verdict, reason, cause: 'statement', actual: STATED }, course.at + 1);
    }
    case 'stop':
      course.finish(true);
      return 'wait';
    default:
      course.at = move(step, course);
      return 'go';
  }
}

/** Steps that never wait; gives the step to go on with. */
function move(
  step: FlowStep | StepOf<'timeout' | 'phase' | 'phase-end' | 'retry' | 'hang-up'>,
  course: Course,
): number {
  const { flow, judge, peers, phases, at } = course;
  switch (step.op) {
    case 'timeout':
      course.timeoutMs = step.ms;
      break;
    case 'phase':
      phases.begin(step.name, course.nowMs);
      break;
    case 'phase-end':
      phases.end(course.nowMs);
      break;
    case 'retry': {
      const before = { labels: peers.labels(), findings: judge.count, phases: phases.depth };
      flow.retry(step, at, performance.now(), before);
      break;
    }
    case 'hang-up': {
      const connection = peers.use(step.label)?.connection;
      if (step.how === 'close') connection?.close();
      else if (step.how === 'abort') connection?.abort();
      else connection?.halfClose();
      break;
    }
    case 'let': {
      const next = flow.move(step, at, Math.random);
      const value = course.scope[step.name];
      // What the server sends may be as secret as what is sent to it.
      if (step.expression.secret && typeof value === 'string') course.redactor.add(value);
      return next;
    }
    default:
      return flow.move(step, at, course.options.random ?? Math.random);
  }
  return at + 1;
}

function send(step: StepOf<'send'>, from: number, course: Course): Progress {
  const { scope, redactor, options } = course;
  const peer = course.peerNamed(step.label);
  if (peer === undefined) return 'wait';
  if (from === 0) {
    const unasked = takeUnasked(peer);
    if (unasked !== undefined && options.tolerant !== true) {
      // A server that hangs up may say why.
      const cause = peer.connection.end === undefined ? 'unsolicited' : 'reset';
      return course.failed(cause, `${unasked} came though nothing was asked`);
    }
  }
  for (let index = from; index < step.segments.length; index++) {
    const segment = step.segments[index];
    if (segment === undefined) break;
    const hello = index === step.segments.length - 1 ? step.hello : undefined;
    if (hello !== undefined) peer.handshakeMs = performance.now();
    // Taken anew: what was done since the last event is not the server's time.
    course.nowMs = performance.now();
    if (!speak(peer, segment, scope, redactor, options.allowDelete, course.nowMs, hello)) {
      return course.failed(
        'guard',
        'QUIT was held back: the session holds a DELE and deletion is not allowed',
      );
    }
    if (segment.pauseMs > 0) {
      return course.sleep(segment.pauseMs, () => {
        if (course.evaluated(() => send(step, index + 1, course)) === 'go') course.goOn(course.at);
      });
    }
  }
  course.at++;
  return 'go';
}

function expect(step: Expect, course: Course): Progress {
  const peer = course.peerNamed(step.label);
  if (peer === undefined) return 'wait';
  if (step.implied && peer.handshakeMs === undefined) {
    course.at++;
    return 'go';
  }
  const awaited =
    step.wants === 'tls' ? new Handshaking(step, peer, course) : new Reading(step, peer, course);
  course.wait = { on: 'answer', awaited };
  return look(awaited, course);
}

/** Looks whether what is waited for has come. */
export function look(awaited: Awaited, course: Course): Progress {
  const answer = awaited.look();
  if (answer !== undefined) return answered(awaited.step, answer, course);
  course.deadline.set(awaited.limitMs, course.nowMs);
  return 'wait';
}

/** An answer came, or will come no more. */
export function answered(step: Expect, answer: Answer, course: Course): Progress {
  const { alternative, cause, actual, waitedMs, unfinished } = answer;
  course.wait = undefined;
  course.deadline.clear();
  if (alternative === undefined) return course.failed(cause, actual, { waitedMs, unfinished });
  const { verdict, reason, next } = alternative;
  if (verdict !== 'pass')
    return course.found({ step, verdict, reason, cause, actual, waitedMs, unfinished }, next);
  course.at = next;
  return 'go';
}

function assert(step: StepOf<'assert'>, course: Course): Progress {
  const { mode, expression, reason } = step;
  const holds = expression.evaluate(course.scope) === true;
  if (mode !== 'note') course.options.hooks?.checked?.(holds);
  if (holds) {
    course.at++;
    return 'go';
  }
  if (mode === 'check') return course.failed('check', DOES_NOT_HOLD, { reason, expression });
  const verdict = mode === 'should' ? 'warn' : 'info';
  return course.found(
    { step, verdict, cause: 'check', actual: DOES_NOT_HOLD, reason, expression },
    course.at + 1,
  );
}

function connect(step: StepOf<'connect'>, course: Course, listener: ConnectionListener): Progress {
  const { target, reuseSockets } = course.options;
  const port = step.port === 'target' ? target.port : portsOf(target)[step.port];
  if (port === undefined)
    return course.failed('statement', `the ${step.port} port of the server is not known`);
  const peer = course.peers.put(
    new Connection(step.label, { ...target, port }, listener, course.trace, reuseSockets),
  );
  const tls = step.tls === 'implicit' || (step.tls === 'target' && target.tls === 'implicit');
  const implicit = tls ? (step.watched ? 'watched' : 'unwatched') : undefined;
  course.nowMs = performance.now();
  course.wait = { on: 'connect', peer, sinceMs: course.nowMs, implicit };
  course.deadline.set(course.timeoutMs, course.nowMs);
  peer.connection.open();
  return 'wait';
}

function startTls(step: StepOf<'tls'>, course: Course): Progress {
  const peer = course.peerNamed(step.label);
  if (peer === undefined) return 'wait';
  const { input, end } = peer.connection;
  if (input.length > 0 && !step.watched) {
    // RFC 2595 §4: what follows the CRLF of the reply to STLS is the TLS negotiation.
    const octets = input.peek().toString('latin1');
    return course.failed('unsolicited', `${octets} came in clear behind the reply to STLS`);
  }
  if (end !== undefined) return course.failed('close', 'the connection had ended before the handshake');
  beginTls(peer, step.options, step.watched, course);
  course.at++;
  return 'go';
}

const NOTHING = Buffer.alloc(0);

/** Begins a TLS handshake on a connection. */
export function beginTls(peer: Peer, options: HandshakeOptions, watched: boolean, course: Course): void {
  peer.handshakeMs = performance.now();
  if (watched) peer.connection.sayHello(NOTHING, [], options);
  else peer.connection.startTls(options, !course.options.program.kept.has('certificate'));
}

function pause(step: StepOf<'pause'>, course: Course): Progress {
  course.at++;
  if (!step.think) return course.sleep(lengthOf(step, course));
  if (!course.options.think) return 'go';
  const sinceMs = performance.now();
  return course.sleep(lengthOf(step, course), () => {
    course.phases.thought(performance.now() - sinceMs);
    course.goOn(course.at);
  });
}

function lengthOf({ spread, minMs, maxMs }: StepOf<'pause'>, course: Course): number {
  const random = (course.options.random ?? Math.random)();
  return spread === 'exponential' ? -Math.log(1 - random) * minMs : minMs + random * (maxMs - minMs);
}

function deliver(step: StepOf<'deliver'>, course: Course): Progress {
  const { deliver: handOver } = course.options;
  if (handOver === undefined) return course.failed('delivery', 'no way of delivering mail was given');
  const wait: Wait = { on: 'delivery' };
  course.wait = wait;
  const waits = (): boolean => course.wait === wait && !course.over;
  const user = String(step.to?.evaluate(course.scope) ?? course.scope.user);
  handOver(String(step.fixture.evaluate(course.scope)), user).then(
    () => {
      course.nowMs = performance.now();
      if (waits()) course.goOn(course.at + 1);
    },
    (error: unknown) => {
      if (waits()) course.failed('delivery', error instanceof Error ? error.message : String(error));
    },
  );
  return 'wait';
}
