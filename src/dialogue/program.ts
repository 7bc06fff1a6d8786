import type { HandshakeOptions } from '../wire/tls.js';
import type { SourcePlace } from './errors.js';
import type { Expression } from './expression.js';
import type { Verdict } from './outcome.js';
import type { LinePattern } from './pattern.js';
import type { Template } from './template.js';

/** What may end a wait, compiled. */
export type Match =
  | { readonly on: 'line'; readonly pattern: LinePattern }
  | { readonly on: 'exact'; readonly bytes: Template }
  | { readonly on: 'payload'; readonly name: string }
  | { readonly on: 'rows'; readonly pattern: LinePattern }
  | { readonly on: 'close' | 'reset' | 'timeout' | 'silence' | 'tls' }
  /** `name` of RFC 8446 §6; any alert without one. */
  | { readonly on: 'alert'; readonly name: string | undefined };

export interface Alternative {
  readonly match: Match;
  readonly verdict: Verdict;
  readonly reason: Template | undefined;
  /** Step to go on with when it was taken. */
  readonly next: number;
  readonly source: string;
}

/** What a step gives when nothing goes as it says: the verdict of the `use … => blocked` around it, if any. */
export interface Blame {
  readonly verdict: Verdict;
  readonly reason: Template | undefined;
}

interface At {
  readonly place: SourcePlace;
  readonly source: string;
  readonly blame: Blame | undefined;
}

export interface Segment {
  readonly bytes: Template;
  /** Upper-case keyword that the text begins with, where no value has a part in it. */
  readonly verb: string | undefined;
  readonly pauseMs: number;
}

/** One step of a compiled dialogue. `to`, `exit` and `next` are indices of steps. */
export type Step = At &
  (
    | {
        readonly op: 'send';
        readonly label: string;
        readonly segments: readonly Segment[];
        /** A ClientHello follows in the segment of the last octets. */
        readonly hello: HandshakeOptions | undefined;
      }
    | {
        readonly op: 'expect';
        readonly label: string;
        /** `tls`: the end of the handshake that was begun. */
        readonly wants: 'line' | 'body' | 'event' | 'tls';
        /** Stands in no line: a handshake that was not begun is none that failed. */
        readonly implied: boolean;
        readonly alternatives: readonly Alternative[];
        /** Length of the silence that is waited for, where one is. */
        readonly silenceMs: number | undefined;
      }
    | {
        readonly op: 'connect';
        readonly label: string;
        readonly tls: 'target' | 'none' | 'implicit';
        readonly port: 'target' | 'plain' | 'tls';
        /** The dialogue has an expectation of its own about the handshake, which may see a line in clear. */
        readonly watched: boolean;
      }
    | {
        readonly op: 'tls';
        readonly label: string;
        readonly options: HandshakeOptions;
        readonly watched: boolean;
      }
    | { readonly op: 'hang-up'; readonly label: string; readonly how: 'close' | 'half-close' | 'abort' }
    | {
        readonly op: 'assert';
        readonly mode: 'check' | 'should' | 'note';
        readonly expression: Expression;
        readonly reason: Template | undefined;
      }
    | { readonly op: 'let'; readonly name: string; readonly expression: Expression }
    | {
        readonly op: 'pause';
        readonly think: boolean;
        readonly spread: 'uniform' | 'exponential';
        readonly minMs: number;
        readonly maxMs: number;
      }
    | { readonly op: 'timeout'; readonly ms: number }
    | {
        readonly op: 'bind';
        readonly values: readonly { readonly name: string; readonly expression: Expression }[];
      }
    | { readonly op: 'unbind' }
    | { readonly op: 'deliver'; readonly fixture: Expression; readonly to: Expression | undefined }
    | { readonly op: 'verdict'; readonly verdict: Verdict; readonly reason: Template | undefined }
    | { readonly op: 'stop' }
    | { readonly op: 'jump'; readonly to: number }
    | { readonly op: 'branch'; readonly condition: Expression; readonly otherwise: number }
    | {
        readonly op: 'loop';
        readonly name: string | undefined;
        readonly from: Expression | undefined;
        readonly to: Expression | undefined;
        readonly exit: number;
      }
    | { readonly op: 'again'; readonly loop: number }
    | { readonly op: 'retry'; readonly forMs: number; readonly everyMs: number }
    | { readonly op: 'retried' }
    | { readonly op: 'choose'; readonly weights: readonly number[]; readonly targets: readonly number[] }
    | { readonly op: 'phase'; readonly name: string }
    | { readonly op: 'phase-end' }
  );

/** A step without the verdict around it: what `Omit<Step, 'blame'>` would be if it kept the union. */
export type NewStep = Step extends infer S ? (S extends Step ? Omit<S, 'blame'> : never) : never;

/** A dialogue ready to run. */
export interface Program {
  readonly steps: readonly Step[];
  /** Payload captures whose octets are needed, not only their count. */
  readonly kept: ReadonlySet<string>;
  /** Names that it reads outside of the fragment `credentials`. */
  readonly own: ReadonlySet<string>;
  /** True when the dialogue itself may leave messages marked or delete them: holds a DELE. */
  readonly deletes: boolean;
}
