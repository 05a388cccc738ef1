import type { PageLocale } from "@yubin/types";

/** What the link page says. Names come in as plain text; whoever writes them into the page escapes them. */
export interface LinkTexts {
  readonly askTitle: string;
  readonly askLead: (business: string) => string;
  readonly account: (business: string) => string;
  readonly lineAccount: string;
  readonly anyLineAccount: string;
  readonly onlyIfYours: string;
  readonly confirm: string;
  readonly decline: string;
  readonly notice: (business: string) => string;
  readonly codeTitle: string;
  readonly codeLead: (business: string) => string;
  readonly openLine: string;
  readonly qrHint: string;
  readonly codeLife: string;
  readonly waiting: string;
  readonly connected: Said;
  readonly pending: Said;
  readonly review: Said;
  readonly declined: Said;
  readonly used: Said;
  readonly expired: Said;
  readonly unknown: Said;
  readonly busy: Said;
  readonly trouble: Said;
  readonly notFriend: Said;
  readonly otherAccount: string;
}

/** A page that only says something. */
export interface Said {
  readonly title: string;
  readonly text: (business: string) => string;
}

const en: LinkTexts = {
  askTitle: "Connect your LINE account?",
  askLead: (business) => `${business} wants to connect these two accounts.`,
  account: (business) => `Your account at ${business}`,
  lineAccount: "Your LINE account",
  anyLineAccount: "The one you use in the next step",
  onlyIfYours: "Continue only if both are yours.",
  confirm: "Connect",
  decline: "This isn’t me",
  notice: (business) =>
    `You can disconnect at any time: just tell ${business}, in the LINE chat or any other way.`,
  codeTitle: "One more step",
  codeLead: (business) => `Send this code to ${business} in LINE.`,
  openLine: "Open LINE and send it",
  qrHint: "On a computer? Scan this with your phone.",
  codeLife: "The code is good for 15 minutes, once.",
  waiting: "Waiting for your message…",
  connected: {
    title: "Connected",
    text: (business) => `Your LINE account now belongs to your account at ${business}.`,
  },
  pending: {
    title: "One moment…",
    text: () => "Your confirmation is saved. This page will tell you when it is done.",
  },
  review: {
    title: "Not connected yet",
    text: (business) => `${business} has to look at this first. You don’t need to do anything.`,
  },
  declined: {
    title: "Nothing was connected",
    text: () => "Thank you for telling us. This link can’t be used any more.",
  },
  used: { title: "This link has been used", text: () => "If you need another one, ask for it." },
  expired: { title: "This link has expired", text: () => "Ask for a new one and try again." },
  unknown: {
    title: "This link doesn’t work",
    text: () => "Please check that you opened all of it, or ask for a new one.",
  },
  busy: { title: "Too many tries", text: () => "Please wait a minute and try again." },
  trouble: { title: "That didn’t work", text: () => "Please try again in a moment." },
  notFriend: {
    title: "Add us in LINE first",
    text: (business) => `Add ${business} as a friend in LINE, then open this link again.`,
  },
  otherAccount: "LINE says that this link was made for another LINE account.",
};

const ja: LinkTexts = {
  askTitle: "LINEアカウントを連携しますか？",
  askLead: (business) => `${business}が、次の2つのアカウントの連携を求めています。`,
  account: (business) => `${business}のアカウント`,
  lineAccount: "あなたのLINEアカウント",
  anyLineAccount: "次の手順で使うアカウント",
  onlyIfYours: "どちらもご自身のものである場合のみ、お進みください。",
  confirm: "連携する",
  decline: "自分ではありません",
  notice: (business) =>
    `連携はいつでも解除できます。LINEのトークなどで${business}にお知らせください。`,
  codeTitle: "あと一歩です",
  codeLead: (business) => `LINEで${business}にこのコードを送ってください。`,
  openLine: "LINEを開いて送信",
  qrHint: "パソコンの場合は、スマートフォンで読み取ってください。",
  codeLife: "コードの有効期間は15分で、1回だけ使えます。",
  waiting: "メッセージを待っています…",
  connected: {
    title: "連携しました",
    text: (business) => `LINEアカウントと${business}のアカウントを連携しました。`,
  },
  pending: {
    title: "少々お待ちください",
    text: () => "確認を受け付けました。完了するとこの画面でお知らせします。",
  },
  review: {
    title: "まだ連携していません",
    text: (business) => `${business}で確認しています。お客様の操作は必要ありません。`,
  },
  declined: {
    title: "連携しませんでした",
    text: () => "お知らせいただきありがとうございます。このリンクはもう使えません。",
  },
  used: {
    title: "使用済みのリンクです",
    text: () => "必要な場合は、新しいリンクをお求めください。",
  },
  expired: {
    title: "リンクの有効期限が切れました",
    text: () => "新しいリンクをお求めのうえ、もう一度お試しください。",
  },
  unknown: {
    title: "このリンクは開けません",
    text: () => "リンク全体を開いたかご確認いただくか、新しいリンクをお求めください。",
  },
  busy: { title: "試行回数が多すぎます", text: () => "1分ほど待ってからもう一度お試しください。" },
  trouble: {
    title: "うまくいきませんでした",
    text: () => "しばらくしてからもう一度お試しください。",
  },
  notFriend: {
    title: "先に友だち追加してください",
    text: (business) =>
      `LINEで${business}を友だち追加してから、もう一度このリンクを開いてください。`,
  },
  otherAccount: "LINEによると、このリンクは別のLINEアカウントのためのものです。",
};

const zhTw: LinkTexts = {
  askTitle: "要連結您的 LINE 帳號嗎？",
  askLead: (business) => `${business} 希望連結以下兩個帳號。`,
  account: (business) => `您在 ${business} 的帳號`,
  lineAccount: "您的 LINE 帳號",
  anyLineAccount: "您在下一步使用的帳號",
  onlyIfYours: "請確認兩個帳號都是您本人的，再繼續。",
  confirm: "連結",
  decline: "這不是我",
  notice: (business) => `您可以隨時解除連結：透過 LINE 聊天室或其他方式告知 ${business} 即可。`,
  codeTitle: "還差一步",
  codeLead: (business) => `請在 LINE 將此代碼傳送給 ${business}。`,
  openLine: "開啟 LINE 並傳送",
  qrHint: "使用電腦嗎？請用手機掃描。",
  codeLife: "代碼 15 分鐘內有效，限用一次。",
  waiting: "正在等待您的訊息…",
  connected: {
    title: "已連結",
    text: (business) => `您的 LINE 帳號已與您在 ${business} 的帳號連結。`,
  },
  pending: { title: "請稍候", text: () => "已收到您的確認，完成後會在此頁面通知您。" },
  review: {
    title: "尚未連結",
    text: (business) => `${business} 需要先確認，您不需要進行任何操作。`,
  },
  declined: { title: "未進行連結", text: () => "感謝您的告知。此連結已無法再使用。" },
  used: { title: "此連結已使用過", text: () => "如有需要，請索取新的連結。" },
  expired: { title: "此連結已過期", text: () => "請索取新的連結後再試一次。" },
  unknown: { title: "無法開啟此連結", text: () => "請確認您開啟的是完整連結，或索取新的連結。" },
  busy: { title: "嘗試次數過多", text: () => "請稍等一分鐘後再試。" },
  trouble: { title: "未能完成", text: () => "請稍後再試一次。" },
  notFriend: {
    title: "請先加入好友",
    text: (business) => `請先在 LINE 將 ${business} 加入好友，再開啟此連結。`,
  },
  otherAccount: "LINE 表示此連結是給另一個 LINE 帳號的。",
};

const th: LinkTexts = {
  askTitle: "เชื่อมต่อบัญชี LINE ของคุณไหม",
  askLead: (business) => `${business} ขอเชื่อมต่อสองบัญชีนี้`,
  account: (business) => `บัญชีของคุณที่ ${business}`,
  lineAccount: "บัญชี LINE ของคุณ",
  anyLineAccount: "บัญชีที่คุณใช้ในขั้นตอนถัดไป",
  onlyIfYours: "ดำเนินการต่อเฉพาะเมื่อทั้งสองบัญชีเป็นของคุณ",
  confirm: "เชื่อมต่อ",
  decline: "ไม่ใช่ฉัน",
  notice: (business) => `คุณยกเลิกการเชื่อมต่อได้ทุกเมื่อ เพียงแจ้ง ${business} ทางแชต LINE หรือช่องทางอื่น`,
  codeTitle: "อีกขั้นตอนเดียว",
  codeLead: (business) => `ส่งรหัสนี้ถึง ${business} ใน LINE`,
  openLine: "เปิด LINE แล้วส่ง",
  qrHint: "ใช้คอมพิวเตอร์อยู่หรือไม่ สแกนด้วยโทรศัพท์ของคุณ",
  codeLife: "รหัสใช้ได้ 15 นาที และใช้ได้ครั้งเดียว",
  waiting: "กำลังรอข้อความของคุณ…",
  connected: {
    title: "เชื่อมต่อแล้ว",
    text: (business) => `บัญชี LINE ของคุณเชื่อมต่อกับบัญชีที่ ${business} แล้ว`,
  },
  pending: {
    title: "โปรดรอสักครู่",
    text: () => "บันทึกการยืนยันแล้ว หน้านี้จะแจ้งให้ทราบเมื่อเสร็จสิ้น",
  },
  review: {
    title: "ยังไม่ได้เชื่อมต่อ",
    text: (business) => `${business} ต้องตรวจสอบก่อน คุณไม่ต้องทำอะไรเพิ่ม`,
  },
  declined: {
    title: "ไม่มีการเชื่อมต่อ",
    text: () => "ขอบคุณที่แจ้งให้เราทราบ ลิงก์นี้ใช้ไม่ได้อีกแล้ว",
  },
  used: { title: "ลิงก์นี้ถูกใช้ไปแล้ว", text: () => "หากต้องการ โปรดขอลิงก์ใหม่" },
  expired: { title: "ลิงก์นี้หมดอายุแล้ว", text: () => "โปรดขอลิงก์ใหม่แล้วลองอีกครั้ง" },
  unknown: {
    title: "เปิดลิงก์นี้ไม่ได้",
    text: () => "โปรดตรวจสอบว่าเปิดลิงก์ครบถ้วน หรือขอลิงก์ใหม่",
  },
  busy: { title: "ลองหลายครั้งเกินไป", text: () => "โปรดรอหนึ่งนาทีแล้วลองอีกครั้ง" },
  trouble: { title: "ดำเนินการไม่สำเร็จ", text: () => "โปรดลองอีกครั้งในอีกสักครู่" },
  notFriend: {
    title: "เพิ่มเพื่อนใน LINE ก่อน",
    text: (business) => `เพิ่ม ${business} เป็นเพื่อนใน LINE แล้วเปิดลิงก์นี้อีกครั้ง`,
  },
  otherAccount: "LINE แจ้งว่าลิงก์นี้สร้างขึ้นสำหรับบัญชี LINE อื่น",
};

const byLocale: Readonly<Record<PageLocale, LinkTexts>> = { en, ja, "zh-TW": zhTw, th };

export const textsOf = (locale: PageLocale): LinkTexts => byLocale[locale];
