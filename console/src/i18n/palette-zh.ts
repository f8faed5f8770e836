import type { paletteEn } from './palette-en.ts';

/** 命令面板的中文文本。 */
export const paletteZh: typeof paletteEn = {
  palette: {
    title: '查找页面、呼叫或操作',
    hint: '页面、号码、会话、应用……',
    nothing: '没有找到。呼叫按完整的号码或会话标识查找。',
    place: '拨打测试电话',
    shortcuts: '键盘快捷键',
    singleKeys: '启用单键快捷键（?）',
    sections: { calls: '呼叫', pages: '页面', actions: '操作', apps: '应用', numbers: '号码' },
    keys: {
      palette: '查找页面、呼叫或操作',
      shortcuts: '本列表',
      next: '到下一个控件；加 Shift 到上一个',
      arrows: '在列表和菜单中移动',
      enter: '打开或按下当前项',
      escape: '关闭已打开的窗口',
    },
  },
};
