import { describe, expect, it } from 'vitest';
import { rerunArguments } from '../../src/cli/rerun.js';
import { commandsOf } from '../../src/report/commands.js';
import { rerunCommand } from '../../src/report/rerun.js';
import { sampleCase, sampleCheck } from './samples.js';

describe('the command that runs a case again', () => {
  it('reaches the target in the same way, and leaves out what belongs to the run', () => {
    const given = {
      target: 'pop3://127.0.0.1:1110',
      users: 'users.csv',
      tls: 'stls',
      'allow-delete': true,
      insecure: false,
      fault: ['retr-lf', 'list-size-lf'],
      only: ['rfc1939/*'],
      report: ['html'],
      'fail-on': 'should',
    };
    const args = rerunArguments(given);
    expect(args[0]).toBe('pop3://127.0.0.1:1110');
    expect(args.slice(1).sort()).toEqual(
      [
        '--users',
        'users.csv',
        '--tls',
        'stls',
        '--allow-delete',
        '--fault',
        'retr-lf',
        '--fault',
        'list-size-lf',
      ].sort(),
    );
    expect(rerunArguments({})).toEqual(['embedded']);
  });

  it('holds no password, wherever one was given', () => {
    const secret = 's3cr3t/@:x';
    expect(rerunArguments({ target: 'me:s3cr3t@host:110' })).toEqual(['me@host:110']);
    const args = rerunArguments({
      target: 'pop3://me:s3cr3t@@host:110',
      user: 'me',
      password: secret,
      deliver: 'smtp://me:s3cr3t@host/{user}@example.org',
    });
    expect(args.join(' ')).not.toContain('s3cr3t');
    expect(args).toContain('pop3://me@host:110');
    expect(args).toContain('smtp://me@host/{user}@example.org');
    expect(args).toContain('POP3_PASSWORD');
    expect(rerunArguments({ deliver: 'command:put me:x@host' })).toContain('command:put me:x@host');
  });

  it('is one that a shell reads as it was meant', () => {
    const base = sampleCheck();
    const args = ['host', '--deliver', "maildir:/var/mail/{user}/it's"];
    const doc = { ...base, options: { ...base.options, arguments: args } };
    expect(rerunCommand(doc, 'rfc1939/stat/x')).toBe(
      "popspec check host --deliver 'maildir:/var/mail/{user}/it'\\''s' --only rfc1939/stat/x",
    );
    expect(rerunCommand(base, 'a b')).toBe("popspec check pop3://mail.example:1110 --only 'a b'");
  });
});

it('the commands of a case are those that its dialogue sends and its file is named after', () => {
  const dialogue = 'use totals\nA C: RETR {n}\n  C= "list 1\\r\\n"\nS: +OK STAT\nC: XYZZY\n';
  expect(commandsOf(sampleCase({ id: 'rfc1939/uidl/x', dialogue }))).toEqual(['LIST', 'RETR', 'UIDL']);
});
