import { describe, expect, it } from 'vitest';
import { renderHtml } from '../../src/report/html/page.js';
import { shareText } from '../../src/report/share.js';
import { renderText } from '../../src/report/terminal.js';
import { hostileDiagnosis, sampleDiagnosis } from './diagnose-samples.js';

describe('a diagnosis in the terminal', () => {
  it('has the ranked causes first, then what was looked at, and the verdict last', () => {
    const text = renderText(sampleDiagnosis());
    const at = (what: string | RegExp): number => text.search(what);
    expect(at('CAUSES, THE LIKELIEST FIRST')).toBeLessThan(at('WHAT WAS LOOKED AT'));
    expect(at('WHAT WAS LOOKED AT')).toBeLessThan(at(/^FOUND {2}The password is not the right one/m));
    expect(text).toContain('because  the login by PLAIN at pop.example.org:995 was answered');
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('shows no control octet of a server', () => {
    expect(renderText(hostileDiagnosis())).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/);
  });
});

describe('a diagnosis as a page', () => {
  it('links to nothing but the web', () => {
    expect(renderHtml(hostileDiagnosis())).not.toMatch(/href="javascript:/i);
  });
});

describe('a text to share', () => {
  it('has aliases in place of what tells who it is, the same for the same', () => {
    const text = shareText(sampleDiagnosis(), { hosts: false });
    for (const secret of [
      'ann@example.org',
      '192.0.2.7',
      '192.0.2.99',
      '0001-secret-uid',
      'private@example.net',
      '17.42@',
    ])
      expect(text).not.toContain(secret);
    expect(text).toContain('Authentication failed for <address-1> from <ip-2>');
    expect(text).toContain('pop.example.org');
    expect(text).toContain('AUTH PLAIN');
  });

  it('stands any name of a user', () => {
    for (const name of ['ok', 'login', 'send', 'plain', '.*', 'a'])
      expect(shareText({ ...sampleDiagnosis(), subject: `${name}@example.org` }, { hosts: true })).toContain(
        'FOUND',
      );
  });

  it('leaves no part of an address that is too long for a line', () => {
    const long = `${'anna-maria.'.repeat(8)}x@example.org`;
    const doc = sampleDiagnosis();
    const [cause] = doc.causes;
    if (cause === undefined) throw new Error('the sample has a cause');
    const text = shareText(
      { ...doc, subject: long, causes: [{ ...cause, reasons: [`told to ${long}`] }] },
      { hosts: false },
    );
    expect(text).not.toContain('anna');
  });

  it('has aliases for hosts where that is asked for', () => {
    const text = shareText(sampleDiagnosis(), { hosts: true });
    const doc = { ...sampleDiagnosis(), subject: 'bob@mail.acme.test' };
    expect(shareText(doc, { hosts: true })).not.toContain('acme');
    expect(text).toContain('example.org');
  });
});
