/** The ways of logging in that `--auth` offers; suites/fragments.yaml has a `login` for each. */
export const AUTH_MODES = [
  'user',
  'apop',
  'plain',
  'cram-md5',
  'scram-sha-1',
  'scram-sha-256',
  'xoauth2',
  'oauthbearer',
] as const;
export type AuthMode = (typeof AUTH_MODES)[number];

/** What an account is let in by. */
export interface Credentials {
  readonly password: string;
  /** Bearer token of XOAUTH2 and OAUTHBEARER. */
  readonly token?: string;
}

/** Whether this way shows a bearer token in place of a password. */
export function usesToken(auth: AuthMode): boolean {
  return auth === 'xoauth2' || auth === 'oauthbearer';
}

/** Everything about an account that nobody may see. */
export function secretsOf({ password, token }: Credentials): string[] {
  return token === undefined ? [password] : [password, token];
}

/** The token of an account; its password stands for one where the run logs in by token. Empty when none is known. */
export function tokenOf({ password, token }: Credentials, auth: AuthMode): string {
  return token ?? (usesToken(auth) ? password : '');
}
