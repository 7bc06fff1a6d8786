import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, parse } from 'node:path';
import type { ResultDocument } from '../report/document.js';
import type { ReportRequest } from './reports.js';
import { note } from './tell.js';

/** What a process that is killed loses at most. */
const EVERY_MS = 2_000;

/**
 * Keeps the result of a run that goes on in a file beside its reports, so that neither a crash nor a kill nor a full disk at
 * the end loses what was measured: `popspec report` reads it. A run without report files keeps nothing.
 */
export class PartialResult {
  private readonly file: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  private there = false;

  constructor(requests: readonly ReportRequest[]) {
    const first = requests.find(({ file }) => file !== '-' && !file.startsWith('/dev/'));
    if (first !== undefined) this.file = join(dirname(first.file), `${parse(first.file).name}.partial.json`);
  }

  /** Begins to write what `now` gives, every two seconds. */
  keep(now: () => ResultDocument): void {
    this.pause();
    if (this.file === undefined) return;
    const { file } = this;
    this.timer = setInterval(() => {
      try {
        writeFileSync(`${file}.new`, JSON.stringify(now()));
        renameSync(`${file}.new`, file);
        this.there = true;
      } catch (error) {
        // The run goes on: its reports may find another state of the disk.
        note(`what is done so far cannot be kept in ${file}: ${(error as Error).message}`);
        this.pause();
      }
    }, EVERY_MS);
    this.timer.unref();
  }

  /** Nothing is written any more. */
  pause(): void {
    clearInterval(this.timer);
  }

  /** Writes the reports, after which what was kept is of no more use. Throws what `write` throws, and keeps it then. */
  replacedBy(write: () => void): void {
    this.pause();
    try {
      write();
    } catch (error) {
      this.tell();
      throw error;
    }
    if (this.file === undefined) return;
    for (const file of [this.file, `${this.file}.new`]) rmSync(file, { force: true });
  }

  /** After a run that failed: where what it had is. */
  tell(): void {
    this.pause();
    if (this.there) note(`what was done is in ${this.file}; popspec report ${this.file} renders it`);
  }
}
