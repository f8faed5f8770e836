/** A recording that can be seen and heard; loaded when there is one. */
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import WaveSurfer from 'wavesurfer.js';
import { Button } from '../parts/controls.tsx';
import { Problem } from '../parts/problem.tsx';
import { duration } from '../parts/times.ts';

/** Of an address of the platform, or of a sound that is here already. */
type Heard =
  | { readonly url: string; readonly sound?: undefined }
  | { readonly url?: undefined; readonly sound: Blob };

/** @param isPlayed at once */
export function Waveform({ url, sound, isPlayed = false }: Heard & { isPlayed?: boolean }): ReactNode {
  const { t } = useTranslation();
  const place = useRef<HTMLDivElement>(null);
  const player = useRef<WaveSurfer>(undefined);
  const [playing, setPlaying] = useState(false);
  const [seconds, setSeconds] = useState<number>();
  const [error, setError] = useState<unknown>();
  // The platform names itself by its own address; the page may have come by another.
  const { pathname, search } = new URL(url ?? '', window.location.href);
  const path = url === undefined ? undefined : pathname + search;
  useEffect(() => {
    const style = getComputedStyle(document.documentElement);
    const wave = WaveSurfer.create({
      container: place.current as HTMLDivElement,
      url: path,
      height: 72,
      waveColor: style.getPropertyValue('--muted'),
      progressColor: style.getPropertyValue('--accent'),
    });
    player.current = wave;
    wave.on('play', () => setPlaying(true));
    wave.on('pause', () => setPlaying(false));
    wave.on('finish', () => setPlaying(false));
    wave.on('ready', setSeconds);
    wave.on('error', setError);
    if (isPlayed) wave.once('ready', () => void wave.play().catch(setError));
    if (sound !== undefined) wave.loadBlob(sound).catch(setError);
    return () => wave.destroy();
  }, [path, sound, isPlayed]);
  return (
    <div>
      <div ref={place} aria-hidden="true" />
      {error !== undefined && <Problem error={error} />}
      <div className="mt-2 flex items-center gap-3">
        <Button
          data-listen
          isDisabled={seconds === undefined}
          onPress={() => void player.current?.playPause()}
        >
          {playing ? t('call.pause') : t('call.play')}
        </Button>
        {seconds !== undefined && <span className="tabular-nums">{duration(seconds * 1_000)}</span>}
        {path !== undefined && (
          <a href={path} download className="text-accent underline">
            {t('call.download')}
          </a>
        )}
      </div>
    </div>
  );
}
