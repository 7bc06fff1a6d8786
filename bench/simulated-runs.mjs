// Load runs as a server that is never quite the same makes them, for the proof of `popspec compare`: what is drawn is known,
// so that false and missed alarms can be counted.

/** A server in service: how far its runs lie apart, and what happens within one (standard deviations of the logarithm). */
export const ORDINARY = {
  /** Sessions that the server ends in a second, and their median in microseconds. */
  perSecond: 120,
  medianUs: 20_000,
  /** Of the sessions of one second. */
  spread: 0.5,
  /** From one run to the next. */
  apart: 0.01,
  /** From one second to the next, and how much of it stays for the second after. */
  wobble: 0.04,
  keeps: 0.6,
  /** From the begin of a run to its end, in a straight line, up or down. */
  drift: 0.03,
};

/** HDR histograms of two digits tell values apart by so much. */
const STEP = Math.log(1.01);

/**
 * A run of so many seconds as the comparison reads it. `slower` is the factor by which each session takes longer; the closed
 * model loses as much throughput.
 */
export function simulatedRun(seconds, slower, random, server = ORDINARY) {
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const apart = server.apart * normal();
  const drift = server.drift * normal();
  let wobble = server.wobble * normal();
  const fresh = server.wobble * Math.sqrt(1 - server.keeps ** 2);
  const blocks = [];
  const whole = new Map();
  for (let second = 0; second < seconds; second++) {
    wobble = server.keeps * wobble + fresh * normal();
    const level = Math.log(slower) + apart + wobble + drift * (second / seconds - 0.5);
    const completed = poisson(server.perSecond * Math.exp(-level), random, normal);
    const counts = new Map();
    for (let session = 0; session < completed; session++) {
      // One session in 250 meets something that takes eight times as long.
      const tail = random() < 0.004 ? Math.log(8) : 0;
      const place = Math.ceil((Math.log(server.medianUs) + level + server.spread * normal() + tail) / STEP);
      counts.set(place, (counts.get(place) ?? 0) + 1);
      whole.set(place, (whole.get(place) ?? 0) + 1);
    }
    blocks.push({ durationMs: 1000, completed, failed: 0, ...valuesOf(counts) });
  }
  const completed = blocks.reduce((sum, block) => sum + block.completed, 0);
  return { blocks, whole: valuesOf(whole), completed, perSecond: completed / seconds };
}

function valuesOf(counts) {
  const places = [...counts.keys()].sort((a, b) => a - b);
  return {
    us: places.map((place) => Math.exp(place * STEP)),
    counts: places.map((place) => counts.get(place)),
  };
}

/** A count whose mean is large: the normal distribution stands in for Poisson's. */
function poisson(mean, random, normal) {
  return Math.max(1, Math.round(mean + Math.sqrt(mean) * normal() + random() - 0.5));
}
