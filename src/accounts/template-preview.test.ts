import { describe, expect, it } from 'vitest';
import { previewOf, spokenPreview } from './template-preview.ts';
import { newTemplate } from './template.ts';

describe('the preview of a template', () => {
  it('fills every gap with something that it takes', () => {
    for (let most = 1; most <= 32; most += 1) {
      const content = `您好\${TXT_${most}}，\${NUM_${most}}，\${DATE}，\${TIME}`;
      const { gaps } = previewOf(content, []);
      expect(gaps.map(({ isAccepted }) => isAccepted)).toEqual([true, true, true, true]);
      expect(gaps[0]?.name).toBe(`\${TXT_${most}}`);
      expect(gaps[1]?.value).toHaveLength(most);
    }
  });

  it('tells the pieces in order, and which values are not taken', () => {
    const preview = previewOf('您的码是${NUM_6}，${TIME}见。', ['12a', null]);
    expect(preview.pieces).toEqual([
      { text: '您的码是' },
      { text: '12a', gap: 0 },
      { text: '，' },
      { text: '09:30', gap: 1 },
      { text: '见。' },
    ]);
    expect(preview.gaps.map(({ isAccepted }) => isAccepted)).toEqual([false, true]);
    expect(preview.violation).toBeUndefined();
    expect(() => spokenPreview('您的码是${NUM_6}', ['12a'])).toThrow('${NUM_6} does not take this value.');
    expect(spokenPreview('您的码是${NUM_6}', ['123456'])).toBe('您的码是123456');
  });

  it('warns of what is hardly meant, and has it spoken all the same', () => {
    const { warnings, violation } = previewOf('您的码是{NUM_6}', []);
    expect(warnings).toEqual(['{NUM_6} is spoken as it stands; a variable is written ${NUM_6}.']);
    expect(violation).toBeUndefined();
    expect(previewOf('您的码是${NUM_6}', []).warnings).toEqual([]);
  });

  it.each(['Hello', '', '您好${', '您好${TXT_99}', '您好${DATE}${TIME}', '好'.repeat(301)])(
    'finds what submitting finds: %s',
    (content) => {
      const context = { templateId: 'a', spId: 'b', now: 0 };
      const submit = (): unknown => newTemplate({ name: 'Parcel', content }, context);
      const { violation } = previewOf(content, []);
      expect(violation?.rule).toBe('content-invalid');
      expect(submit).toThrow(violation?.message);
      expect(() => spokenPreview(content, [])).toThrow(violation?.message);
    },
  );
});
