import { cpus, release } from 'node:os';

/** The results as Markdown; `rows[0]` of each workload is the limit that the others are compared with. */
export function report(results, { seconds, rounds, versions, cores }) {
  const where =
    cores === undefined
      ? ''
      : ` The target is bound to core ${cores.target}, the client to core ${cores.client}.`;
  const lines = [
    '# popspec load beside other clients',
    '',
    `Written by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: ${cpus()[0]?.model.trim()}, ${cpus().length} cores, Linux ${release()}, Node ${process.version}.`,
    `Clients: ${versions.join(', ')}.`,
    '',
    `All against one POP3 target in C that holds its mail in memory.${where} CPU is user and system time of the client and all its`,
    `processes in a window of ${seconds} s after some thousand sessions to settle, for each session or command that the target counted. Medians`,
    `of ${rounds} rounds, the clients in turn. Times differ from machine to machine and from hour to hour: the ratio counts.`,
    '',
    'The C client, popspec and poplib play the same dialogue (`bench/workloads.yaml`) and check the same: every status, the end of every',
    'reply, the octets of each message against STAT. The C client and popspec time every command into histograms. rabid checks mail that it',
    'has sent itself; JMeter checks nothing and reads LIST besides.',
  ];
  for (const { workload, rows } of results) {
    const base = median(rows[0].samples, 'cpuUs');
    lines.push(
      '',
      `## ${workload.id}: ${workload.title}`,
      '',
      `| client | µs CPU a ${workload.per} | against ${rows[0].name} | ${workload.per}s/s | memory MB | target busy |`,
      '|---|---:|---:|---:|---:|---:|',
    );
    for (const { name, samples } of rows) {
      const of = (key) => median(samples, key);
      const cells = [of('cpuUs').toFixed(1), (of('cpuUs') / base).toFixed(2), of('rate').toFixed(0)];
      lines.push(
        `| ${name} | ${cells.join(' | ')} | ${of('memoryMb').toFixed(0)} | ${of('targetShare').toFixed(0)} % |`,
      );
    }
  }
  return `${lines.join('\n')}\n`;
}

function median(samples, key) {
  const sorted = samples.map((sample) => sample[key]).sort((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.floor(sorted.length / 2)]) / 2;
}
