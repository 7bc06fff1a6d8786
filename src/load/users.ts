import type { LoadUser } from './plan.js';
import { LoadError } from './problem.js';

/** A pattern that makes more users than this is a slip of the finger. */
const USERS_MAX = 1_000_000;
const HEADS = /^(?:user|username|user_name|name|login|email|address)$/i;
const CONTROL = /[\x00-\x1f\x7f]/;
const ROW_HINT = 'a row is user,password; put a password with a comma or a quote in it into double quotes';

/**
 * Reads a users file: one `user,password` a line, with an optional head line. Where the
 * head is `user,password,token` a bearer token may stand behind the password. Blank lines and lines that begin with
 * `#` are skipped; fields may stand in double quotes, in which `""` is a quote; blanks around a field without quotes
 * do not belong to it. Throws LoadError with `file:line` for a broken row, a name that stands there twice, no users.
 */
export function parseUsersCsv(text: string, file: string): LoadUser[] {
  const users: LoadUser[] = [];
  const lineOf = new Map<string, number>();
  let first = true;
  let withToken = false;
  for (const [index, row] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .entries()) {
    if (row.trim() === '' || row.trimStart().startsWith('#')) continue;
    const fail: Fail = (problem, hint = ROW_HINT) => {
      throw new LoadError('LOAD_USERS', `${file}:${index + 1}: ${problem}`, hint);
    };
    const fields = fieldsOf(row, fail);
    const isHead = first && HEADS.test(fields[0] ?? '') && /^pass/i.test(fields[1] ?? '');
    first = false;
    if (isHead) {
      withToken = /^token$/i.test(fields[2] ?? '');
      continue;
    }
    const user = userOf(fields, withToken, fail);
    const before = lineOf.get(user.name);
    if (before !== undefined) {
      const hint = 'a mailbox is read by one session at a time: name each user once';
      fail(`user ${JSON.stringify(user.name)} stands in line ${before} already`, hint);
    }
    lineOf.set(user.name, index + 1);
    users.push(user);
  }
  if (users.length === 0) throw new LoadError('LOAD_USERS', `${file}: there are no users in it`, ROW_HINT);
  return users;
}

type Fail = (problem: string, hint?: string) => never;

function userOf(fields: readonly string[], withToken: boolean, fail: Fail): LoadUser {
  const [name = '', password, token = ''] = fields;
  if (password === undefined) return fail('the password is missing');
  if (fields.length > 2 && !withToken) return fail(`${fields.length} fields in place of two`);
  if (fields.length > 3) return fail(`${fields.length} fields in place of three`);
  if (name === '') return fail('the user name is empty');
  if (password === '') return fail(`the password of ${JSON.stringify(name)} is empty`);
  if (CONTROL.test(name) || CONTROL.test(password)) return fail('a control character in a name or password');
  if (CONTROL.test(token)) return fail('a control character in a token');
  return token === '' ? { name, password } : { name, password, token };
}

function fieldsOf(row: string, fail: Fail): string[] {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    const quoted = /^\s*"((?:[^"]|"")*)"\s*/.exec(row.slice(at));
    const comma = row.indexOf(',', at);
    const end = quoted === null ? (comma < 0 ? row.length : comma) : at + quoted[0].length;
    const plain = row.slice(at, end).trim();
    if (quoted === null && plain.includes('"')) {
      return fail(
        plain.startsWith('"') ? 'a quote is not closed' : 'a quote within a field that is not quoted',
      );
    }
    fields.push(quoted?.[1]?.replaceAll('""', '"') ?? plain);
    if (end >= row.length) return fields;
    if (row[end] !== ',') return fail('text behind a closing quote');
    at = end + 1;
  }
}

/**
 * Users from a pattern with a range in braces: `user{0001..5000}@example.org` are 5000 users, their numbers as wide
 * as the first one is written, all with the same password. A pattern without braces is one user.
 */
export function expandUserPattern(pattern: string, password: string): LoadUser[] {
  const fail = (problem: string): never => {
    const hint = 'write it like user{0001..5000}@example.org';
    throw new LoadError('LOAD_USERS', `user pattern ${JSON.stringify(pattern)}: ${problem}`, hint);
  };
  if (pattern.trim() === '' || CONTROL.test(pattern)) return fail('this cannot be a user name');
  if (!/[{}]/.test(pattern)) return [{ name: pattern, password }];
  const parts = /^([^{}]*)\{(\d{1,9})\.\.(\d{1,9})\}([^{}]*)$/.exec(pattern);
  if (parts === null) return fail('one range of numbers in braces is understood');
  const [, before = '', from = '', to = '', after = ''] = parts;
  const count = Number(to) - Number(from) + 1;
  if (count < 1) return fail(`the range ends before it begins`);
  if (count > USERS_MAX) return fail(`${count} users are more than ${USERS_MAX}`);
  return Array.from({ length: count }, (_, index) => {
    const number = String(Number(from) + index).padStart(from.length, '0');
    return { name: `${before}${number}${after}`, password };
  });
}
