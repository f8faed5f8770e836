/** What waits for a decision, of one account or of all: one after the other, by keys alone where one likes. */
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAccountName, useRead, useScope, WithAccount } from '../account.tsx';
import type { Template, VoiceFile, WaitingReview } from '../api/types.ts';
import { useSingleKeys } from '../palette/single-keys.ts';
import { Badge, Button, Card, Skeleton } from '../parts/controls.tsx';
import { Problem } from '../parts/problem.tsx';
import { PageHead } from '../parts/table.tsx';
import { dateAndTime } from '../parts/times.ts';
import { say } from '../parts/toasts.tsx';
import { Decide, type Decision } from './review.tsx';
import { Preview } from './template-preview.tsx';
import { templatePath } from './templates-page.tsx';
import { VoiceFileDetail, voiceFilePath } from './voice-files-page.tsx';

/** ms between looks at what others submit and decide. */
const LOOK = 10_000;

const keyOf = ({ kind, account, id, revision }: WaitingReview): string =>
  [kind, account, id, revision].join(' ');

interface ItemProps {
  readonly review: WaitingReview;
  readonly onDecided: (decision: Decision) => void;
}

function FileItem({ review, onDecided }: ItemProps): ReactNode {
  const { data, error, refetch } = useRead<VoiceFile>(voiceFilePath(review));
  if (error) return <Problem error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton lines={6} />;
  return <VoiceFileDetail file={data} hasKeys onDecided={onDecided} />;
}

function TemplateItem({ review, onDecided }: ItemProps): ReactNode {
  const path = templatePath({ templateId: review.id });
  const { data, error, refetch } = useRead<Template>(path);
  if (error) return <Problem error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton lines={6} />;
  return (
    <>
      <Preview content={data.content} speed={data.speed} />
      <Decide path={path} subject={data} hasKeys onDecided={onDecided} />
    </>
  );
}

function Item({ review, decided, onDecided }: ItemProps & { decided: number }): ReactNode {
  const { t } = useTranslation();
  const nameOf = useAccountName();
  const heading = useRef<HTMLHeadingElement>(null);
  const place = useRef<HTMLElement>(null);
  useSingleKeys({ l: () => place.current?.querySelector<HTMLElement>('[data-listen]')?.click() });
  // What was pressed to decide is gone: whoever decided goes on from the next one's name.
  useEffect(() => {
    if (decided > 0) heading.current?.focus();
  }, [decided]);
  const { kind, account, name, revision, submittedAt, submittedBy } = review;
  const Subject = kind === 'voice-file' ? FileItem : TemplateItem;
  return (
    <section ref={place} aria-label={name} className="rounded-xl border border-line bg-surface p-4">
      <h2 ref={heading} tabIndex={-1} className="text-lg font-semibold break-all">
        {name}
      </h2>
      <p className="mb-3 text-sm text-muted">
        {t(`review.kinds.${kind}`)} · {t('review.ofAccount', { account: nameOf(account) })} ·{' '}
        {t('review.revision')} {revision} · {dateAndTime(submittedAt)} {submittedBy}
      </p>
      <div className="flex flex-col gap-3">
        <WithAccount key={keyOf(review)} account={account}>
          <Subject review={review} onDecided={onDecided} />
        </WithAccount>
      </div>
    </section>
  );
}

function Queue({
  reviews,
  at,
  onChoose,
}: {
  reviews: readonly WaitingReview[];
  at: number;
  onChoose: (index: number) => void;
}): ReactNode {
  const { t } = useTranslation();
  const isOfAll = useScope() === undefined;
  const nameOf = useAccountName();
  return (
    <nav
      aria-label={t('nav.reviews')}
      className="max-h-48 overflow-y-auto lg:max-h-[75vh] lg:w-72 lg:shrink-0"
    >
      <ol className="flex flex-col gap-1">
        {reviews.map((review, index) => (
          <li key={keyOf(review)}>
            <button
              type="button"
              className={`w-full rounded-lg border px-3 py-2 text-left hover:bg-raised ${index === at ? 'border-accent bg-raised' : 'border-line bg-surface'}`}
              aria-current={index === at ? 'true' : undefined}
              onClick={() => onChoose(index)}
            >
              <span className="block min-w-0">
                <span className="block truncate font-medium">{review.name}</span>
                <span className="block text-sm text-muted">
                  {t(`review.kinds.${review.kind}`)}
                  {isOfAll && ` · ${nameOf(review.account)}`} · {dateAndTime(review.submittedAt)}
                </span>
              </span>
            </button>
          </li>
        ))}
      </ol>
    </nav>
  );
}

/** Where one is, how far one came, and on to others. */
function Steps({
  name,
  at,
  count,
  decided,
  onStep,
}: {
  name: string;
  at: number;
  count: number;
  decided: number;
  onStep: (by: number) => void;
}): ReactNode {
  const { t } = useTranslation();
  return (
    <div className="mb-3 flex flex-wrap items-center gap-2">
      <Button isDisabled={at === 0} aria-keyshortcuts="k" onPress={() => onStep(-1)}>
        {t('review.previous')} <kbd aria-hidden="true">k</kbd>
      </Button>
      <Button isDisabled={at >= count - 1} aria-keyshortcuts="j" onPress={() => onStep(1)}>
        {t('review.next')} <kbd aria-hidden="true">j</kbd>
      </Button>
      <span role="status" className="tabular-nums">
        {t('review.position', { at: at + 1, count, name })}
      </span>
      {decided > 0 && (
        <>
          <progress
            aria-label={t('review.progress')}
            max={decided + count}
            value={decided}
            className="accent-accent"
          />
          <Badge tone="good">{t('review.decided', { count: decided })}</Badge>
        </>
      )}
      <span className="text-sm text-muted">{t('review.keys')}</span>
    </div>
  );
}

export function ReviewsPage(): ReactNode {
  const { t } = useTranslation();
  const { data, error, refetch } = useRead<{ reviews: WaitingReview[] }>('/reviews', {
    refetchInterval: LOOK,
  });
  // By its place too: when it is decided, the next one stands there.
  const [chosen, setChosen] = useState({ key: '', index: 0 });
  const [decided, setDecided] = useState<readonly string[]>([]);
  const reviews = (data?.reviews ?? []).filter((review) => !decided.includes(keyOf(review)));
  const found = reviews.findIndex((review) => keyOf(review) === chosen.key);
  const at = found >= 0 ? found : Math.min(chosen.index, reviews.length - 1);
  const review = reviews[at];
  const choose = (index: number): void => {
    const to = reviews[index];
    if (to !== undefined) setChosen({ key: keyOf(to), index });
  };
  const step = (by: number): void => choose(at + by);
  useSingleKeys({ j: () => step(1), k: () => step(-1) });
  const note = (decision: Decision): void => {
    if (review === undefined) return;
    setChosen({ key: '', index: at });
    setDecided((before) => [...before, keyOf(review)]);
    say({ text: t(`review.done.${decision}`, { name: review.name }), tone: 'good' });
  };
  return (
    <>
      <PageHead title={t('nav.reviews')} intro={t('review.intro')} />
      {error && <Problem error={error} onRetry={() => void refetch()} />}
      {data === undefined && !error && <Skeleton lines={6} />}
      {data !== undefined && review === undefined && <Card>{t('review.empty')}</Card>}
      {review !== undefined && (
        <>
          <Steps name={review.name} at={at} count={reviews.length} decided={decided.length} onStep={step} />
          <div className="flex flex-col gap-4 lg:flex-row lg:items-start">
            <Queue reviews={reviews} at={at} onChoose={choose} />
            <div className="min-w-0 flex-1">
              <Item review={review} decided={decided.length} onDecided={note} />
            </div>
          </div>
        </>
      )}
    </>
  );
}
