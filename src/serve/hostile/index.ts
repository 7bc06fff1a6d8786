import { echoes } from './echoes.js';
import { endings } from './endings.js';
import { floods } from './floods.js';
import { handshakes } from './handshakes.js';
import type { Hostile } from './hostile.js';
import { numbers } from './numbers.js';
import { order } from './order.js';
import { silence } from './silence.js';
import { texts } from './texts.js';

export type { Hostile } from './hostile.js';

/** Every way in which the embedded server can be hostile. */
export const hostiles: readonly Hostile[] = [
  ...silence,
  ...endings,
  ...order,
  ...floods,
  ...texts,
  ...numbers,
  ...handshakes,
  ...echoes,
];
