/** 检查中继时的发现及处理办法的中文说明。 */
import { type Sentence, translator } from './sentences.ts';

const findingsZh: readonly Sentence[] = [
  ['the host {host} cannot be resolved: {why}', '无法解析主机 {host}：{why}'],
  [
    "correct the trunk's addresses, or the name server of this machine",
    '更正中继的地址，或检查本机的域名服务器',
  ],
  ['suspended: no call leaves by it', '已停用：不再经由它呼叫'],
  ['all of its {calls} calls are in use', '{calls} 个并发呼叫已全部占用'],
  [
    'wait for one to end, or raise max-calls as far as the carrier allows',
    '等待呼叫结束，或在运营商允许的范围内提高并发呼叫数',
  ],
  ['in use, {calls} calls at this moment', '使用中，当前 {calls} 个呼叫'],
  ['registered', '已注册'],
  ['asked for, not answered yet', '已请求注册，尚无应答'],
  ['refused with {status} (no answer)', '被拒绝：{status}（无应答）'],
  ['refused with {status}', '被拒绝：{status}'],
  [
    "check user name and password, and that the account is the carrier's",
    '检查用户名和密码，并确认该账号属于这家运营商',
  ],
  [
    'check the addresses and the transport; it is tried again by itself',
    '检查地址和传输协议；系统会自动重试',
  ],
  ['SIP listens on {host}, from where it cannot be reached', 'SIP 监听在 {host}，从那里无法到达对方'],
  [
    'let --sip listen on an address that reaches it, and set --public-address behind NAT',
    '让 --sip 监听能到达对方的地址；位于 NAT 之后时设置 --public-address',
  ],
  ['{status} {reason} after {ms} ms', '{status} {reason}，用时 {ms} 毫秒'],
  ['ask the carrier: its gateway is up but refuses service', '询问运营商：网关有应答，但拒绝服务'],
  ['it answers', '有应答'],
  [
    'no answer to OPTIONS, and {why}: what it can do is not known; {known}',
    'OPTIONS 无应答，{why}：能力未知；{known}',
  ],
  ['it is set not to be asked', '设置为不探测'],
  ['calls reach it all the same', '但呼叫能够到达'],
  ['{legs} legs were answered by this trunk since the start', '启动以来经由该中继接通 {legs} 次'],
  ['no answer to OPTIONS', 'OPTIONS 无应答'],
  [
    'check address and port, the firewall, and that the carrier knows our address',
    '检查地址、端口和防火墙，并确认运营商登记了我方地址',
  ],
  ['no {transport} to it', '无法以 {transport} 连接'],
  [
    'check the port, and that the certificate is valid and names the host of the trunk (--sip-tls-authorities for one of your own)',
    '检查端口，并确认证书有效且与中继的主机名一致（自己的证书颁发机构用 --sip-tls-authorities 指定）',
  ],
  [
    'check address, port and transport: nothing takes SIP there',
    '检查地址、端口和传输协议：那里没有 SIP 服务',
  ],
  ['its answer to OPTIONS cannot be read: {why}', '无法读懂它对 OPTIONS 的应答：{why}'],
  ['tell the carrier; calls may work all the same', '告知运营商；呼叫仍可能正常'],
  ['it does not allow {methods}', '不允许 {methods}'],
  ['ask the carrier whether this gateway takes calls', '询问运营商该网关是否接受呼叫'],
  ['its session timer', '对方的会话定时器'],
  ['ours alone (it does not say that it knows timers)', '我方的会话定时器（对方没有声明支持）'],
  ['calls that are lost are noticed by {timer}', '中断的呼叫由{timer}发现'],
  ['{unjudged}; PCMA and PCMU are offered', '{unjudged}；呼叫时提供 PCMA 和 PCMU'],
  ['{unjudged}; it is offered', '{unjudged}；呼叫时提供'],
  [
    'cannot be judged: its answer to OPTIONS has no session description',
    '无法判断：OPTIONS 的应答没有会话描述',
  ],
  ['neither PCMA nor PCMU', '不支持 PCMA 和 PCMU'],
  ['have the carrier enable G.711', '请运营商启用 G.711'],
  ['keys come as RFC 4733 events', '按键以 RFC 4733 事件传送'],
  [
    'it takes no RFC 4733 events; keys are heard in the audio, which is less certain',
    '不支持 RFC 4733 事件；只能从声音中识别按键，不够可靠',
  ],
  ['have the carrier enable telephone-event (RFC 2833)', '请运营商启用 telephone-event（RFC 2833）'],
  ['it does not say from where it sees us come', '没有说明看到的我方地址'],
  [
    'it sees us at {seen}; make sure that {said} is that address',
    '看到的我方地址为 {seen}；请确认 {said} 就是这个地址',
  ],
  ['it sees us at {seen}, as we say', '看到的我方地址为 {seen}，与我方声明一致'],
  ['it sees us at {seen}, but we say {said}', '看到的我方地址为 {seen}，我方声明的却是 {said}'],
  [
    'set --public-address {seen}, and forward the ports of --sip and --rtp to here',
    '将 --public-address 设为 {seen}，并把 --sip 和 --rtp 的端口转发到本机',
  ],
];

/** What an examination found, or advises, in Chinese; undefined for what holds no words, such as names of codecs. */
export const findingZh = translator(findingsZh);
