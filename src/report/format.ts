/** Numbers and times as people read them, the same in every reporter. */

/** `1,204`. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en');
}

/** `1 case`, `3 cases`, `2 entries` with the plural given. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** `The one case`, `All 3 cases`. */
export function every(value: number, one: string): string {
  return value === 1 ? `The one ${one}` : `All ${plural(value, one)}`;
}

/** Three digits that matter: `0.042`, `4.21`, `42.1`, `421`, `4,210`. */
export function significant(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return count(value);
  const digits = size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return String(Number(value.toFixed(digits)));
}

/** A latency: `840 µs`, `4.21 ms`, `1.20 s`, `2 min 5 s`. */
export function microseconds(us: number): string {
  if (us < 1_000) return `${Math.round(us)} µs`;
  if (us < 1_000_000) return `${significant(us / 1_000)} ms`;
  return seconds(us / 1_000_000);
}

/** A length of time: `840 ms`, `9.5 s`, `2 min 5 s`, `3 h 20 min`. */
export function milliseconds(ms: number): string {
  return ms < 1_000 ? `${significant(ms)} ms` : seconds(ms / 1_000);
}

function seconds(value: number): string {
  if (value < 60) return `${significant(value)} s`;
  const whole = Math.round(value);
  if (whole < 3_600) return joined(Math.floor(whole / 60), 'min', whole % 60, 's');
  return joined(Math.floor(whole / 3_600), 'h', Math.floor((whole % 3_600) / 60), 'min');
}

function joined(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** Octets: `512 B`, `14.1 MB` (powers of 1000). */
export function octets(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let size = value;
  let unit = 0;
  while (size >= 1_000 && unit < units.length - 1) {
    size /= 1_000;
    unit++;
  }
  return `${unit === 0 ? count(size) : significant(size)} ${units[unit]}`;
}

/** `98.2 %`; never rounded up to a whole 100 nor down to 0. */
export function percent(part: number, whole: number): string {
  if (whole <= 0) return '–';
  const value = (part / whole) * 100;
  if (value > 99.9 && part < whole) return '99.9 %';
  if (value < 0.01 && part > 0) return '0.01 %';
  return `${Number(value.toFixed(value < 10 ? 2 : 1))} %`;
}

/** `2026-03-14 09:26:53 UTC`; the text as it stands when it is no date. */
export function instant(iso: string): string {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? iso : `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
