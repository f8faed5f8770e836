import type { Command } from 'commander';
import { clientCommand, clientOf, type ClientOptions } from './client-command.ts';
import { result, table } from './output.ts';

interface WaitingReviewView {
  readonly kind: string;
  readonly account: string;
  readonly id: string;
  readonly name: string;
  readonly revision: number;
  readonly submittedAt: string;
  readonly submittedBy?: string;
}

export function reviewsCommand(): Command {
  return clientCommand(
    'reviews',
    'voice files and templates that wait for a review; approve or reject them with voice and template',
  ).action(async (options: ClientOptions) => {
    const document = await clientOf(options).get<{ reviews: WaitingReviewView[] }>('/reviews');
    const rows = document.reviews.map((review) => [
      review.kind,
      review.account,
      review.id,
      review.name,
      String(review.revision),
      review.submittedAt,
      review.submittedBy ?? '',
    ]);
    const head = ['kind', 'account', 'id', 'name', 'revision', 'submitted', 'by'];
    result(options.json, document, () => table(head, rows));
  });
}
