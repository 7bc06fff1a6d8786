import { Buffer } from 'node:buffer';
import { performance } from 'node:perf_hooks';
import { parseReply } from '../pop3/reply.js';
import type { Peer } from './peer.js';

const NO_SECRETS = [] as const;
const QUIT = Buffer.from('QUIT\r\n');
const RSET = Buffer.from('RSET\r\n');
const STAT = Buffer.from('STAT\r\n');

/** How long the farewell may take before the connection is dropped. */
const FAREWELL_MS = 2000;

/**
 * Ends what a dialogue left open, without harm to the maildrop: marks are taken back by RSET before QUIT, and a
 * connection whose RSET is not confirmed is dropped without QUIT, since only QUIT removes anything (RFC 1939 §6); so is
 * one that fetched mail, where `fetchedGoes`: no RSET takes that back.
 * Sockets report to `Farewell.received` and `.ended`; `done` is called once with the count of messages that STAT
 * told after a RSET.
 */
export class Farewell {
  private readonly open: Set<Peer>;
  private readonly stage = new Map<Peer, 'rset' | 'stat' | 'quit'>();
  private readonly timer = setTimeout(() => this.giveUp(), FAREWELL_MS);
  private count: number | undefined;

  /** `peers`: those whose connection is open. */
  constructor(
    peers: readonly Peer[],
    fetchedGoes: boolean,
    private readonly done: (countAfterReset: number | undefined) => void,
  ) {
    this.open = new Set(peers);
    for (const peer of peers) {
      if (canBeTold(peer) && !(fetchedGoes && peer.fetched)) this.begin(peer);
      else this.drop(peer);
    }
    if (this.open.size === 0) this.finish();
  }

  received(peer: Peer): void {
    for (
      let line = peer.connection.input.takeLine();
      line !== undefined;
      line = peer.connection.input.takeLine()
    ) {
      const reply = parseReply(line.bytes, line.start, line.end, line.crlf);
      peer.connection.traceLine(reply.line, reply.crlf, performance.now());
      this.answer(peer, reply);
    }
  }

  ended(peer: Peer): void {
    this.open.delete(peer);
    if (this.open.size === 0) this.finish();
  }

  /** Leaves it unsaid; `done` is not called any more. */
  cancel(): void {
    this.finished = true;
    clearTimeout(this.timer);
  }

  private begin(peer: Peer): void {
    this.say(peer, peer.marked || peer.endangered ? 'rset' : 'quit');
  }

  private answer(peer: Peer, reply: { status: string; text: string }): void {
    const stage = this.stage.get(peer);
    if (stage === 'rset' && reply.status !== '+OK') this.drop(peer);
    else if (stage === 'rset') this.say(peer, 'stat');
    else if (stage === 'stat') {
      const count = /^(\d{1,9}) /.exec(reply.text)?.[1];
      if (count !== undefined) this.count = Number(count);
      if (peer.endangered) this.drop(peer);
      else this.say(peer, 'quit');
    }
  }

  private say(peer: Peer, stage: 'rset' | 'stat' | 'quit'): void {
    this.stage.set(peer, stage);
    peer.connection.write({ rset: RSET, stat: STAT, quit: QUIT }[stage], NO_SECRETS);
  }

  private drop(peer: Peer): void {
    peer.connection.close();
    this.open.delete(peer);
    if (this.open.size === 0) this.finish();
  }

  private giveUp(): void {
    for (const peer of this.open) peer.connection.close();
    this.open.clear();
    this.finish();
  }

  private finished = false;
  private finish(): void {
    if (this.finished) return;
    this.finished = true;
    clearTimeout(this.timer);
    this.done(this.count);
  }
}

/**
 * False where the conversation is not known to be in step, in the middle of a handshake, when RSET could be taken for
 * the end of a line that was only begun, or when a line that waits unread could be taken for its confirmation.
 */
function canBeTold({ greeting, pending, multiLine, begun, marked, connection }: Peer): boolean {
  const inStep = greeting !== undefined && pending.length === 0 && multiLine === undefined;
  return inStep && begun === '' && !connection.handshaking && (!marked || connection.input.length === 0);
}
