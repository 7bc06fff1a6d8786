import { gmailPersonalities } from './gmail.js';
import { httpPersonalities } from './http.js';
import { imapPersonality } from './imap.js';
import { outlookPersonalities } from './outlook.js';
import { pathPersonalities } from './path.js';
import type { Personality } from './personality.js';
import { providerPersonalities } from './providers.js';
import { smtpPersonality } from './smtp.js';
import { softwarePersonalities } from './software.js';
import { testServerPersonalities } from './test-servers.js';
import { unixPersonalities } from './unix.js';
import { yahooPersonalities } from './yahoo.js';

export type { Personality, Quirk } from './personality.js';

/** Everything that the embedded server can be told to be like. */
export const personalities: readonly Personality[] = [
  ...gmailPersonalities,
  ...outlookPersonalities,
  ...yahooPersonalities,
  ...providerPersonalities,
  ...unixPersonalities,
  ...testServerPersonalities,
  ...softwarePersonalities,
  ...pathPersonalities,
  imapPersonality,
  smtpPersonality,
  ...httpPersonalities,
];

const byId = new Map(personalities.map((personality) => [personality.id, personality]));

export function personalityById(id: string): Personality | undefined {
  return byId.get(id);
}
