import type { Rule } from '../rule.js';
import { ADVICE_RULES } from './advice.js';
import { FIND_RULES } from './find.js';
import { LOGIN_RULES } from './login.js';
import { MAILBOX_RULES } from './mailbox.js';
import { PROTOCOL_RULES } from './protocol.js';
import { REACH_RULES } from './reach.js';
import { TLS_RULES } from './tls.js';
import { WITHHELD_RULES } from './withheld.js';

/** Every cause that is known, and advice. */
export const RULES: readonly Rule[] = [
  ...FIND_RULES,
  ...REACH_RULES,
  ...PROTOCOL_RULES,
  ...TLS_RULES,
  ...LOGIN_RULES,
  ...WITHHELD_RULES,
  ...MAILBOX_RULES,
  ...ADVICE_RULES,
];
