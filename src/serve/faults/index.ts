import { announcedFaults } from './announced.js';
import { bodyFaults } from './bodies.js';
import { clearTextFaults } from './clear-text.js';
import { codeFaults } from './codes.js';
import { countFaults } from './counts.js';
import { crossProtocolFaults } from './cross-protocol.js';
import { capaFaults, stlsFaults } from './extensions.js';
import type { Fault } from './fault.js';
import { framingFaults } from './framing.js';
import { handshakeFaults } from './handshakes.js';
import { historyFaults } from './history.js';
import { injectionFaults } from './injection.js';
import { langFaults } from './lang.js';
import { loginFaults } from './login.js';
import { numberFaults } from './numbers.js';
import { pipeliningFaults } from './pipelining.js';
import { plainFaults } from './plain.js';
import { policyFaults } from './policy.js';
import { saslFaults } from './sasl.js';
import { saslListFaults } from './sasl-list.js';
import { saslOauthFaults } from './sasl-oauth.js';
import { saslPlainFaults } from './sasl-plain.js';
import { saslScramFaults } from './sasl-scram.js';
import { stateFaults } from './states.js';
import { tlsFaults, tlsPortFaults } from './tls.js';
import { topFaults } from './top.js';
import { uidlFaults } from './uidl.js';
import { updateFaults } from './update.js';
import { utf8Faults } from './utf8.js';

export type { Fault, FaultArea } from './fault.js';

/** Everything that the embedded server can be told to do wrong, by area. */
export const faults: readonly Fault[] = [
  ...framingFaults,
  ...bodyFaults,
  ...countFaults,
  ...numberFaults,
  ...updateFaults,
  ...topFaults,
  ...uidlFaults,
  ...loginFaults,
  ...stateFaults,
  ...stlsFaults,
  ...injectionFaults,
  ...handshakeFaults,
  ...clearTextFaults,
  ...tlsFaults,
  ...tlsPortFaults,
  ...crossProtocolFaults,
  ...saslFaults,
  ...plainFaults,
  ...saslListFaults,
  ...saslPlainFaults,
  ...saslScramFaults,
  ...saslOauthFaults,
  ...capaFaults,
  ...utf8Faults,
  ...langFaults,
  ...historyFaults,
  ...announcedFaults,
  ...codeFaults,
  ...policyFaults,
  ...pipeliningFaults,
];

const byId = new Map(faults.map((fault) => [fault.id, fault]));

export function faultById(id: string): Fault | undefined {
  return byId.get(id);
}
