/** The parts of two packages without types that we use. */

declare module '@echogarden/espeak-ng-emscripten' {
  interface EspeakWorker {
    /** Hz. */
    readonly samplerate: number;
    rate: number;
    /** @returns 0 when the voice is there */
    set_voice(name: string): number;
    /** @param take is given some of the samples; true stops */
    synthesize(text: string, take: (samples: Int16Array) => boolean): void;
    /** Of the first clause. */
    convert_to_phonemes(text: string, ipa: boolean): { readonly ptr: number };
  }
  interface EspeakModule {
    readonly eSpeakNGWorker: new () => EspeakWorker;
    readonly HEAPU8: Uint8Array;
  }
  function load(): Promise<EspeakModule>;
  export { load as default, type EspeakModule, type EspeakWorker };
}

declare module '@echogarden/speex-resampler-wasm' {
  interface SpeexModule {
    readonly HEAP16: Int16Array;
    readonly HEAPU32: Uint32Array;
    _malloc(octets: number): number;
    _free(pointer: number): void;
    _speex_resampler_init(tracks: number, from: number, to: number, quality: number, error: number): number;
    _speex_resampler_skip_zeros(state: number): number;
    _speex_resampler_get_input_latency(state: number): number;
    _speex_resampler_process_int(
      state: number,
      track: number,
      input: number,
      inputLength: number,
      output: number,
      outputLength: number,
    ): number;
    _speex_resampler_destroy(state: number): void;
  }
  function load(): Promise<SpeexModule>;
  export { load as default, type SpeexModule };
}
