import type { Block } from '../src/load/comparison/run.js';

export type SimulatedServer = Readonly<
  Record<'perSecond' | 'medianUs' | 'spread' | 'apart' | 'wobble' | 'keeps' | 'drift', number>
>;
export const ORDINARY: SimulatedServer;
export interface SimulatedRun {
  readonly blocks: readonly Block[];
  readonly whole: Pick<Block, 'us' | 'counts'>;
  readonly completed: number;
  readonly perSecond: number;
}
export function simulatedRun(
  seconds: number,
  slower: number,
  random: () => number,
  server?: SimulatedServer,
): SimulatedRun;
