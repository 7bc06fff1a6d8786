/**
 * What the text of a refusal means, as far as servers in service word it. Texts change, so rules weigh them below response codes, and
 * match them loosely.
 */
export const REFUSALS = {
  inUse:
    /\[IN-USE\]|\b(mail ?(box|drop)|lock|maildir).{0,30}\b(in use|locked|busy)|\baccount.{0,30}\b(in use|busy)|\balready (locked|in use|logged in|open)|\block(ed)? by another|unable to (get |obtain )?lock|can'?t (get|obtain) lock|duplicate login|wait a few minutes/i,
  delay:
    /\[LOGIN-DELAY\]|login.?delay|too (soon|frequent)|minimum (time )?(between|interval)|(check|poll|log ?in).{0,30}too often/i,
  throttled:
    /too many (login|log-in|sign-?in|auth\w*|failed|attempts|bad|requests|invalid)|exceeded the (login|rate) limit|rate.?limit|throttl|try again in|temporarily (blocked|locked|disabled|suspended)|lockdown|login limit|frequency limit/i,
  connections:
    /too many (concurrent |simultaneous |open |current )?(connections|sessions|pop)|maximum (number of )?(connections|sessions)|mail_max_userip_connections|connection limit|connections? (count )?exceed|max(imum)? connections/i,
  tlsFirst:
    /(plain ?text|cleartext|clear text|unencrypted|insecure).{0,40}(disallow|disabled|not allowed|not permitted|forbidden|denied|not supported)|(must|need|require|use).{0,40}(\bTLS\b|\bSSL\b|STLS|STARTTLS|encrypt|secure connection)|(\bTLS\b|\bSSL\b|STLS|encryption)( connection)? (is )?(required|needed)|without (\bTLS\b|\bSSL\b|encryption)|under a (TLS )?layer|non-?secure|only.{0,20}(over|on|with) (\bTLS\b|\bSSL\b|secure)/i,
  popOff:
    /not (been )?(enabled|activated|allowed|authori[sz]ed|permitted|open).{0,30}(pop3?\b)|pop3?\b.{0,60}(not |n't |is )?(been )?(disabled|not enabled|not activated|switched off|turned off|not allowed|not permitted|not open|denied|deactivated|blocked|off\b)|pop3? (access|service|protocol|login)s? .{0,30}(disabled|not|off)|enable pop|activate pop/i,
  appPassword:
    /app(lication)?[- ]?(specific )?password|application-specific|authori[sz]ation code|auth ?code|client password|third-?party.{0,20}password|generate.{0,20}password/i,
  oauth:
    /basic ?auth\w*.{0,40}(disabled|blocked|withdrawn|not (supported|allowed)|deprecated)|modern auth|oauth|use.{0,20}xoauth2|legacy auth/i,
  webLogin:
    /web ?(browser|mail|login|page)|https?:\/\/|verify (your|that)|captcha|unusual (activity|sign|login)|suspicious/i,
  disabled:
    /(account|user|mailbox|login|domain).{0,30}(disabled|suspended|deactivated|blocked|closed|inactive|expired|terminated|barred)|(disabled|suspended|deactivated|expired) (account|user|mailbox)|nologin/i,
  locked: /(account|user).{0,20}(is )?(temporarily )?lock(ed\b| ?out\b)(?!.{0,20}(mail|drop))/i,
  noUser:
    /(no such|unknown|invalid|non-?existent|does ?n.?t exist).{0,20}(user|account|mailbox|recipient)\b(?!.{0,12}(or|\/).{0,12}pass)|user.{0,15}(unknown|not found|does not exist)/i,
  credentials:
    /authenticat(ion|e)?.{0,30}(fail|error|denied|unsuccess|invalid)|(invalid|incorrect|wrong|bad).{0,30}(password|credential|login|user|auth|passphrase)|password.{0,30}(incorrect|wrong|invalid|supplied|mismatch|error)|log(in|on).{0,20}(fail|incorrect|invalid|denied|error)|access denied|permission denied|not (accepted|authenticated)|sorry/i,
  expired: /password (has |is )?expired|expired password|password must be changed/i,
  wholeAddress: /(full|whole|complete|entire).{0,12}address/i,
  trouble:
    /\[SYS\/TEMP\]|temporar|internal (server )?error|backend|try (again )?later|unavailable|system (problem|error)|server error/i,
  permanent:
    /\[SYS\/PERM\]|(mailbox|maildir|home|store|inbox).{0,40}(corrupt|missing|not found|does not exist|no such file|invalid|permission)|chdir|stat\(.*\) failed/i,
  storage: /quota|over (the )?limit|disk (is )?full/i,
} as const;

export type RefusalKind = keyof typeof REFUSALS;

/** What the words of a reply may mean; several where they are ambiguous. */
export function meanings(reply: string): Set<RefusalKind> {
  const text = reply.replace(/^-ERR\s*/i, '');
  return new Set(
    (Object.entries(REFUSALS) as [RefusalKind, RegExp][]).flatMap(([kind, pattern]) =>
      pattern.test(text) ? [kind] : [],
    ),
  );
}

/** Whether another login would make things worse: the server asks for patience, or has a problem of its own. */
export function asksForPatience(reply: string): boolean {
  const kinds = meanings(reply);
  return (['inUse', 'delay', 'throttled', 'connections', 'locked', 'trouble', 'permanent'] as const).some(
    (kind) => kinds.has(kind),
  );
}

/** Whether the reply names something that no other way of logging in would change. */
export function endsTheMatter(reply: string): boolean {
  const kinds = meanings(reply);
  return (['popOff', 'appPassword', 'oauth', 'webLogin', 'disabled', 'expired'] as const).some((kind) =>
    kinds.has(kind),
  );
}
