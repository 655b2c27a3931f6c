// Runs on the browser's audio thread: passes the microphone's samples on in blocks of 1,024.
class Talk extends AudioWorkletProcessor {
  constructor() {
    super();
    this.block = new Float32Array(1024);
    this.filled = 0;
  }

  process([[samples]]) {
    if (samples) {
      for (const sample of samples) {
        this.block[this.filled++] = sample;
        if (this.filled === this.block.length) {
          this.port.postMessage(this.block);
          this.filled = 0;
        }
      }
    }
    return true;
  }
}

registerProcessor("talk", Talk);
