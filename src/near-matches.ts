/** The candidates that look most like `word`, best first, at most three. */
export function nearMatches(word: string, candidates: readonly string[]): string[] {
  const allowed = Math.max(2, Math.ceil(word.length / 3));
  return candidates
    .map((candidate) => ({
      candidate,
      distance: word !== '' && candidate.includes(word) ? 0 : editDistance(word, candidate),
    }))
    .filter(({ distance }) => distance <= allowed)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

/** How many characters must be put in, taken out or exchanged to make `b` of `a`. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
