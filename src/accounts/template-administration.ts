/** What customers and operators do with voice templates, in whole steps over the store. */
import { DEFAULT_SP_ID } from './apps.ts';
import type { TemplateStore } from './ports.ts';
import type { RandomIntegers } from './random-source.ts';
import { approval, rejection } from './review.ts';
import { RuleViolation } from './rule-violation.ts';
import {
  changedTemplate,
  newTemplate,
  reviewedTemplate,
  type NewTemplate,
  type Template,
  type TemplateChange,
} from './template.ts';
import { newIdentifier } from './voice-file.ts';

export interface TemplateAdministrationOptions {
  readonly store: TemplateStore;
  readonly now: () => number;
  readonly random: RandomIntegers;
}

/** Every method rejects with RuleViolation when a rule forbids it. */
export class TemplateAdministration {
  readonly #options: TemplateAdministrationOptions;
  /** Changes run one after another, so that each sees what the one before it left. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: TemplateAdministrationOptions) {
    this.#options = options;
  }

  async create(wanted: NewTemplate): Promise<Template> {
    const { store, now, random } = this.#options;
    const template = newTemplate(wanted, {
      templateId: newIdentifier(random),
      spId: DEFAULT_SP_ID,
      now: now(),
    });
    await store.putTemplate(template);
    return template;
  }

  /** In order of creation. */
  templates(): Promise<Template[]> {
    return this.#options.store.templates(DEFAULT_SP_ID);
  }

  async template(templateId: string): Promise<Template> {
    const template = await this.#options.store.template(DEFAULT_SP_ID, templateId);
    if (template !== undefined) return template;
    throw new RuleViolation('template-unknown', 'There is no template with this id.', {
      field: 'templateId',
      remedy: 'openvoicecall template list shows the templates there are.',
    });
  }

  update(templateId: string, change: TemplateChange): Promise<Template> {
    return this.#change(templateId, (template, now) => changedTemplate(template, change, now));
  }

  approve(templateId: string): Promise<Template> {
    return this.#change(templateId, (template, now) => reviewedTemplate(template, approval, now));
  }

  /** Also takes back an approval: the template cannot be used any more. */
  reject(templateId: string, reason: string): Promise<Template> {
    return this.#change(templateId, (template, now) => reviewedTemplate(template, rejection(reason), now));
  }

  remove(templateId: string): Promise<void> {
    return this.#alone(async () => {
      const { spId } = await this.template(templateId);
      await this.#options.store.removeTemplate(spId, templateId);
    });
  }

  #change(templateId: string, step: (template: Template, now: number) => Template): Promise<Template> {
    return this.#alone(async () => {
      const changed = step(await this.template(templateId), this.#options.now());
      await this.#options.store.putTemplate(changed);
      return changed;
    });
  }

  #alone<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#last.then(step);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
