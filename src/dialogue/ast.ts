import type { SourcePlace } from './errors.js';
import type { Verdict } from './outcome.js';

/** Text with the place where it begins. */
export interface Text {
  readonly text: string;
  readonly place: SourcePlace;
}

/** `=> warn "reason"`; the reason is the text between the quotes' place, still quoted. */
export interface Outcome {
  readonly verdict: Verdict;
  readonly reason: Text | undefined;
}

/** What may come: a line, a content, or an event. */
export type Event =
  | { readonly kind: 'line'; readonly pattern: Text }
  | { readonly kind: 'exact'; readonly string: Text }
  | { readonly kind: 'body'; readonly pattern: Text }
  | { readonly kind: 'close' | 'reset' | 'timeout' | 'tls' }
  | { readonly kind: 'alert'; readonly name: string | undefined }
  | { readonly kind: 'silence'; readonly ms: number };

export interface Expectation {
  readonly event: Event;
  readonly outcome: Outcome | undefined;
  readonly block: readonly Statement[];
  readonly source: string;
  readonly place: SourcePlace;
}

export type SendPiece =
  | { readonly kind: 'string'; readonly string: Text; readonly times: number }
  | { readonly kind: 'pause'; readonly ms: number }
  /** A ClientHello; the last piece. */
  | { readonly kind: 'tls'; readonly options: ReadonlyMap<string, string>; readonly place: SourcePlace };

export type Action = 'connect' | 'tls' | 'close' | 'half-close' | 'abort';

interface At {
  readonly place: SourcePlace;
  /** The line as written, without its indentation. */
  readonly source: string;
}

/** One statement of a dialogue as written; expressions are still text. */
export type Statement = At &
  (
    | { readonly kind: 'send'; readonly label: string | undefined; readonly text: Text }
    | {
        readonly kind: 'send-exact';
        readonly label: string | undefined;
        readonly pieces: readonly SendPiece[];
      }
    | {
        readonly kind: 'expect';
        readonly label: string | undefined;
        readonly alternatives: readonly Expectation[];
      }
    | {
        readonly kind: 'action';
        readonly label: string | undefined;
        readonly action: Action;
        readonly options: ReadonlyMap<string, string>;
      }
    | {
        readonly kind: 'assert';
        readonly mode: 'check' | 'should' | 'note';
        readonly expression: Text;
        readonly reason: Text | undefined;
      }
    | { readonly kind: 'let'; readonly name: string; readonly expression: Text }
    | { readonly kind: 'pause'; readonly ms: number }
    | {
        readonly kind: 'think';
        readonly spread: 'uniform' | 'exponential';
        readonly minMs: number;
        readonly maxMs: number;
      }
    | { readonly kind: 'timeout'; readonly ms: number }
    | {
        readonly kind: 'use';
        readonly label: string | undefined;
        readonly name: string;
        readonly bindings: readonly { readonly name: string; readonly expression: Text }[];
        readonly outcome: Outcome | undefined;
      }
    | { readonly kind: 'deliver'; readonly fixture: Text; readonly to: Text | undefined }
    | { readonly kind: 'verdict'; readonly outcome: Outcome }
    | { readonly kind: 'stop' }
    | {
        readonly kind: 'for';
        readonly name: string;
        readonly from: Text;
        readonly to: Text | undefined;
        readonly block: readonly Statement[];
      }
    | { readonly kind: 'repeat'; readonly times: Text; readonly block: readonly Statement[] }
    | {
        readonly kind: 'if';
        readonly condition: Text;
        readonly block: readonly Statement[];
        readonly otherwise: readonly Statement[];
      }
    | {
        readonly kind: 'retry';
        readonly forMs: number;
        readonly everyMs: number;
        readonly block: readonly Statement[];
      }
    | {
        readonly kind: 'choose';
        readonly options: readonly { weight: number; block: readonly Statement[] }[];
      }
    | { readonly kind: 'phase'; readonly name: string; readonly block: readonly Statement[] }
  );
