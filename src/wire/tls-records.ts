import { Buffer } from 'node:buffer';

const HEADER_OCTETS = 5;
const ALERT = 21;
const APPLICATION_DATA = 23;
/** In TLS 1.3 an alert looks like data from outside: two octets, their type, and the tag (RFC 8446 §5.2). */
const HIDDEN_ALERT_OCTETS = 19;

/** Watches the records of one direction of TLS go by (RFC 8446 §5.1) without reading what is in them. */
export class TlsRecords {
  private header = Buffer.alloc(0);
  private left = 0;
  private type = 0;
  private length = 0;

  /** Whether the last record is a whole alert; that is what ends TLS properly (RFC 8446 §6.1). */
  get endInAlert(): boolean {
    const hidden = this.type === APPLICATION_DATA && this.length === HIDDEN_ALERT_OCTETS;
    return this.left === 0 && this.header.length === 0 && (this.type === ALERT || hidden);
  }

  pass(octets: Buffer): void {
    for (let at = 0; at < octets.length; ) {
      if (this.left > 0) {
        const taken = Math.min(this.left, octets.length - at);
        this.left -= taken;
        at += taken;
        continue;
      }
      const more = octets.subarray(at, at + HEADER_OCTETS - this.header.length);
      this.header = Buffer.concat([this.header, more]);
      at += more.length;
      if (this.header.length === HEADER_OCTETS) this.begin();
    }
  }

  private begin(): void {
    this.type = this.header.readUInt8(0);
    this.length = this.header.readUInt16BE(3);
    this.left = this.length;
    this.header = Buffer.alloc(0);
  }
}
