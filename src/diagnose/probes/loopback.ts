/** Whether nobody can listen in between: the server is on this machine. */
export function isLoopback(address: string): boolean {
  return /^127\./.test(address) || address === '::1';
}
