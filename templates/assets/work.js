/* Leave a Reply: the work that goes with a question of level 3 and 4, as ALTCHA (version 2) asks for it.
   The browser derives keys in threads of its own, so typing stays smooth and no policy for workers is needed. On a page
   without https it gives scripts no cryptography; there they are derived by hand, a little at a time. */
(() => {
  'use strict';
  const bytes = (hex) => Uint8Array.from(hex.match(/../g) || [], (pair) => parseInt(pair, 16));
  const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, '0')).join('');

  function password(nonce, counter) {
    const start = bytes(nonce);
    const all = new Uint8Array(start.length + 4);
    all.set(start);
    new DataView(all.buffer).setUint32(start.length, counter);
    return all;
  }

  async function derive({ nonce, salt, cost, keyLength }, counter) {
    const key = await crypto.subtle.importKey('raw', password(nonce, counter), 'PBKDF2', false, ['deriveBits']);
    const how = { name: 'PBKDF2', hash: 'SHA-256', salt: bytes(salt), iterations: cost };
    return hex(await crypto.subtle.deriveBits(how, key, 8 * keyLength));
  }

  /* SHA-256 (FIPS 180-4): its constants are the first bits behind the point of the roots of the first primes. */
  const primes = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((prime) => n % prime)) primes.push(n);
  const behindThePoint = (root) => ((root % 1) * 2 ** 32) | 0;
  const ROUND = Int32Array.from(primes, (prime) => behindThePoint(Math.cbrt(prime)));
  const START = Int32Array.from(primes.slice(0, 8), (prime) => behindThePoint(Math.sqrt(prime)));
  const schedule = new Int32Array(64);

  /* The state after one more block of sixteen words goes into “out”. */
  function compress(state, block, out) {
    const w = schedule;
    for (let i = 0; i < 16; i++) w[i] = block[i];
    for (let i = 16; i < 64; i++) {
      const x = w[i - 15];
      const y = w[i - 2];
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
    }
    let a = state[0], b = state[1], c = state[2], d = state[3]; // by name: taking an array apart is slow
    let e = state[4], f = state[5], g = state[6], h = state[7];
    for (let i = 0; i < 64; i++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + ROUND[i] + w[i]) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
    }
    out[0] = state[0] + a; out[1] = state[1] + b; out[2] = state[2] + c; out[3] = state[3] + d;
    out[4] = state[4] + e; out[5] = state[5] + f; out[6] = state[6] + g; out[7] = state[7] + h;
  }

  /* The last block of a message of HMAC, behind the block of the key: up to 55 bytes and what SHA-256 adds. */
  function lastBlock(data) {
    const block = new DataView(new ArrayBuffer(64));
    data.forEach((byte, at) => block.setUint8(at, byte));
    block.setUint8(data.length, 0x80);
    block.setUint32(60, 8 * (64 + data.length));
    return Int32Array.from({ length: 16 }, (_, at) => block.getInt32(4 * at));
  }

  const SLICE = 8; // milliseconds at a time: typing comes first
  const pause = () => new Promise((done) => setTimeout(done));
  let until = 0;

  /* PBKDF2 (RFC 8018) with HMAC-SHA-256, for a key of one block: 32 bytes. */
  async function deriveByHand({ nonce, salt, cost, keyLength }, counter) {
    if (keyLength !== 32) throw new Error('this key length is not known');
    const padded = new DataView(new ArrayBuffer(64));
    password(nonce, counter).forEach((byte, at) => padded.setUint8(at, byte));
    const [inner, outer] = [0x36363636, 0x5c5c5c5c].map((pad) => {
      const state = new Int32Array(8);
      compress(START, Int32Array.from({ length: 16 }, (_, at) => padded.getInt32(4 * at) ^ pad), state);
      return state;
    });
    const block = lastBlock(new Uint8Array(32));
    const sum = new Int32Array(8);
    let next = lastBlock([...bytes(salt), 0, 0, 0, 1]);
    for (let round = 0; round < cost; round++) {
      compress(inner, next, block);
      compress(outer, block, block);
      for (let i = 0; i < 8; i++) sum[i] ^= block[i];
      next = block;
      if (round % 64 === 0 && performance.now() > until) {
        await pause();
        until = performance.now() + SLICE;
      }
    }
    const key = new DataView(new ArrayBuffer(32));
    sum.forEach((word, at) => key.setInt32(4 * at, word));
    return hex(key.buffer);
  }

  /* A challenge as JSON in; what the field “altcha” wants, out. */
  window.leaveAReplyWork = async (text) => {
    const challenge = JSON.parse(text);
    const wanted = challenge.parameters;
    const browserDerives = Boolean(window.crypto && crypto.subtle);
    const lanes = browserDerives ? Math.min(4, navigator.hardwareConcurrency || 2) : 1;
    const began = performance.now();
    for (let first = 0; first < 100000; first += lanes) {
      const keys = browserDerives
        ? await Promise.all(Array.from({ length: lanes }, (_, lane) => derive(wanted, first + lane)))
        : [await deriveByHand(wanted, first)];
      const found = keys.findIndex((key) => key.startsWith(wanted.keyPrefix));
      if (found < 0) continue;
      const solution = { counter: first + found, derivedKey: keys[found], time: Math.round(performance.now() - began) };
      return btoa(JSON.stringify({ challenge, solution }));
    }
    throw new Error('no solution');
  };
})();
