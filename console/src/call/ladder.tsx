/** What was said over SIP: the platform in the middle, each message an arrow between it and a phone. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { answerTo } from '../api/client.ts';
import type { SignallingMessage } from '../api/types.ts';
import { Card, Skeleton } from '../parts/controls.tsx';
import { Problem } from '../parts/problem.tsx';
import { clockTime } from '../parts/times.ts';
import { asRevealed } from './use-call.ts';

const addressOf = (sessionId: string, what: string): string =>
  `/calls/${encodeURIComponent(sessionId)}/${what}`;

/** `INVITE`, or `180 Ringing`, with a note where a description of media comes along. */
function nameOf(text: string): string {
  const [line = ''] = text.split('\r\n', 1);
  const name = line.startsWith('SIP/2.0 ') ? line.slice(8) : (line.split(' ', 1)[0] ?? '');
  return /\r\nContent-Type: *application\/sdp/i.test(text) ? `${name} (SDP)` : name;
}

function Arrow({ party, direction }: Pick<SignallingMessage, 'party' | 'direction'>): ReactNode {
  // Phone A stands left of the platform, phone B right.
  const leftwards = (party === 'A') === (direction === 'out');
  return (
    <span
      aria-hidden="true"
      className={`flex items-center font-mono text-accent ${party === 'A' ? 'col-start-2' : 'col-start-4'}`}
    >
      {leftwards && '◀'}
      <span className="h-0.5 flex-1 bg-accent" />
      {!leftwards && '▶'}
    </span>
  );
}

function Message({
  message,
  isOpen,
  onPress,
}: {
  message: SignallingMessage;
  isOpen: boolean;
  onPress: () => void;
}): ReactNode {
  const { t } = useTranslation();
  const { party, direction, at, text, local, remote, transport } = message;
  const said = t(direction === 'out' ? 'call.sip.to' : 'call.sip.from', { party });
  return (
    <li className="border-t border-line">
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={onPress}
        className="grid w-full grid-cols-[7rem_1fr_9rem_1fr] max-sm:grid-cols-[5rem_minmax(1rem,1fr)_minmax(0,7.5rem)_minmax(1rem,1fr)] items-center gap-2 py-1 text-left hover:bg-raised"
      >
        <time dateTime={at} className="min-w-0 font-mono text-sm break-all text-muted">
          {clockTime(at)}
        </time>
        <Arrow party={party} direction={direction} />
        <span className="col-start-3 row-start-1 min-w-0 text-center font-mono text-sm break-words">
          {nameOf(text)}
          <span className="sr-only"> {said}</span>
        </span>
      </button>
      {isOpen && (
        <div className="pb-2">
          <p className="text-sm text-muted">
            {transport} {direction === 'out' ? `${local} → ${remote}` : `${remote} → ${local}`}
          </p>
          <pre
            tabIndex={0}
            aria-label={nameOf(text)}
            className="overflow-x-auto rounded-lg bg-raised p-3 font-mono text-sm"
          >
            {text}
          </pre>
        </div>
      )}
    </li>
  );
}

export function Ladder({
  sessionId,
  isOver,
  revealKey,
}: {
  sessionId: string;
  isOver: boolean;
  revealKey: string | undefined;
}): ReactNode {
  const { t } = useTranslation();
  const [open, setOpen] = useState<number>();
  const { data, error, refetch } = useQuery({
    queryKey: ['call', sessionId, revealKey, 'messages'],
    queryFn: async () => {
      const answer = await answerTo('GET', addressOf(sessionId, 'messages'), {
        headers: asRevealed(revealKey),
      });
      return (await answer.json()) as { messages: SignallingMessage[] };
    },
    placeholderData: keepPreviousData,
    refetchInterval: isOver ? false : 1_500,
  });
  if (error) return <Problem error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton lines={4} />;
  const { messages } = data;
  return (
    <Card title={t('call.sip.title')}>
      {messages.length === 0 ? (
        <p className="text-muted">{t('call.sip.none')}</p>
      ) : (
        <>
          <div
            aria-hidden="true"
            className="grid grid-cols-[7rem_1fr_9rem_1fr] max-sm:grid-cols-[5rem_minmax(1rem,1fr)_minmax(0,7.5rem)_minmax(1rem,1fr)] gap-2 pb-1 font-medium"
          >
            <span />
            <span>
              <span className="max-sm:hidden">{t('call.leg', { party: 'A' })}</span>
              <span className="sm:hidden">A</span>
            </span>
            <span className="text-center">OpenVoiceCall</span>
            <span className="text-right">
              <span className="max-sm:hidden">{t('call.leg', { party: 'B' })}</span>
              <span className="sm:hidden">B</span>
            </span>
          </div>
          <ol aria-label={t('call.sip.title')}>
            {messages.map((message, index) => (
              <Message
                // Messages are only ever added at the end.
                key={index}
                message={message}
                isOpen={open === index}
                onPress={() => setOpen(open === index ? undefined : index)}
              />
            ))}
          </ol>
          <a
            href={`/admin/v1${addressOf(sessionId, 'capture')}`}
            download
            className="mt-3 inline-block text-accent underline"
          >
            {t('call.sip.capture')}
          </a>
        </>
      )}
    </Card>
  );
}
