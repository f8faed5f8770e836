/* Runs on the audio thread, at 8000 samples a second: microphone to messages of 160 samples, messages to the speaker. */

/** 60 ms are gathered before playing, so that what comes in bursts is heard without gaps. */
const HEAD_START = 480;
/** More than half a second late is dropped. */
const MOST_WAITING = 4000;

class PhoneProcessor extends AudioWorkletProcessor {
  #outgoing = new Int16Array(160);
  #filled = 0;
  #incoming = [];
  #waiting = 0;
  #position = 0;
  #playing = false;

  constructor() {
    super();
    this.port.addEventListener('message', ({ data }) => {
      this.#incoming.push(data);
      this.#waiting += data.length;
      while (this.#waiting > MOST_WAITING) {
        this.#waiting -= this.#incoming.shift().length - this.#position;
        this.#position = 0;
      }
      if (this.#waiting >= HEAD_START) this.#playing = true;
    });
    this.port.start();
  }

  process([input], [output]) {
    const speaker = output[0];
    const microphone = input[0];
    for (let index = 0; index < speaker.length; index += 1) speaker[index] = this.#next() / 32768;
    for (let index = 0; index < speaker.length; index += 1) {
      const sample = microphone === undefined ? 0 : microphone[index];
      this.#outgoing[this.#filled] = Math.max(-32768, Math.min(32767, Math.round(sample * 32767)));
      this.#filled += 1;
      if (this.#filled < this.#outgoing.length) continue;
      this.port.postMessage(this.#outgoing, [this.#outgoing.buffer]);
      this.#outgoing = new Int16Array(160);
      this.#filled = 0;
    }
    return true;
  }

  #next() {
    if (!this.#playing) return 0;
    const [frame] = this.#incoming;
    if (frame === undefined) {
      this.#playing = false;
      return 0;
    }
    const at = this.#position;
    this.#position += 1;
    this.#waiting -= 1;
    if (this.#position === frame.length) {
      this.#incoming.shift();
      this.#position = 0;
    }
    return frame[at];
  }
}

registerProcessor('phone', PhoneProcessor);
