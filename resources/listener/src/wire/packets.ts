/** Sound on the wire: what comes from the server, and what is sent while talking. */

export interface SoundPacket {
  epoch: number;
  sequence: number;
  offsetSamples: number;
  /** When its first sample leaves the loudspeaker, in microseconds of the server clock. */
  playAtUs: number;
  /** Mono, from -1 to 1. */
  samples: Float32Array;
}

const SOUND = 1;
const TALK = 2;
const S16LE = 1;
const F32LE = 2;
const SOUND_HEADER_BYTES = 24;
const TALK_HEADER_BYTES = 8;
const S16_FULL = 32_767;

/** A sound packet, or null for anything that is none. */
export function decodeSound(data: ArrayBuffer): SoundPacket | null {
  if (data.byteLength < SOUND_HEADER_BYTES) return null;
  const view = new DataView(data);
  if (view.getUint8(0) !== SOUND) return null;
  const samples = decodeSamples(view, view.getUint8(1));
  if (samples === null) return null;
  return {
    epoch: view.getUint32(4, true),
    sequence: view.getUint32(8, true),
    offsetSamples: view.getUint32(12, true),
    playAtUs: Number(view.getBigUint64(16, true)),
    samples,
  };
}

function decodeSamples(view: DataView, format: number): Float32Array | null {
  const bytes = view.byteLength - SOUND_HEADER_BYTES;
  const width = format === S16LE ? 2 : format === F32LE ? 4 : 0;
  if (width === 0 || bytes % width !== 0) return null;
  const samples = new Float32Array(bytes / width);
  for (let index = 0; index < samples.length; index++) {
    const at = SOUND_HEADER_BYTES + index * width;
    samples[index] =
      format === S16LE ? Math.max(-1, view.getInt16(at, true) / S16_FULL) : view.getFloat32(at, true);
  }
  return samples;
}

/** A talk packet of mono samples at 16,000 Hz. */
export function encodeTalk(sequence: number, samples: Float32Array): ArrayBuffer {
  const data = new ArrayBuffer(TALK_HEADER_BYTES + 2 * samples.length);
  const view = new DataView(data);
  view.setUint8(0, TALK);
  view.setUint8(1, S16LE);
  view.setUint32(4, sequence, true);
  samples.forEach((sample, index) => {
    const clipped = Math.max(-1, Math.min(1, sample));
    view.setInt16(TALK_HEADER_BYTES + 2 * index, Math.trunc(clipped * S16_FULL), true);
  });
  return data;
}
