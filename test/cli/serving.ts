import { type Outcome, outcomeOf, spawnPopspec } from './popspec.js';

/** A running `popspec serve`. */
export interface Serving {
  readonly port: number;
  readonly tlsPort: number;
  /** Ctrl-C; resolves when the process has ended. */
  stop(): Promise<Outcome>;
}

const PORTS = /^pop3:\/\/127\.0\.0\.1:(\d+)\npop3s:\/\/127\.0\.0\.1:(\d+)\n$/;

/** Starts `popspec serve ARGS` and waits until it has said where it listens. */
export function startServing(args: readonly string[] = []): Promise<Serving> {
  const child = spawnPopspec(['serve', ...args]);
  const ended = outcomeOf(child);
  return new Promise((resolve, reject) => {
    let said = '';
    child.stdout?.on('data', (text: string) => {
      said += text;
      const [, port, tlsPort] = PORTS.exec(said) ?? [];
      if (port === undefined || tlsPort === undefined) return;
      resolve({
        port: Number(port),
        tlsPort: Number(tlsPort),
        stop() {
          child.kill('SIGINT');
          return ended;
        },
      });
    });
    void ended.then(({ stderr }) => reject(new Error(`popspec serve ended early: ${stderr}`)), reject);
  });
}
