/** What customers and agents say while the sandboxes run; read in no order, so each stands on its own. */

export type LiveTexts = { customer: string[]; agent: string[]; tickets: { subject: string; text: string }[] }

export function liveTextsIn(language: string): LiveTexts {
  return texts[language.slice(0, 2)] ?? english
}

const english: LiveTexts = {
  customer: [
    'Is there any news? I would like to plan my week.',
    'I found the receipt after all, do you still need it?',
    'It started again this morning, same as before.',
    'Sorry, forget my last message, it was my own mistake.',
    'Could somebody call me instead? Writing on the phone is hard for me.',
    'Works now, but it feels slower than it used to.',
  ],
  agent: [
    'Thank you for waiting. My colleague is looking at it and writes to you today.',
    'I have read everything once more and think I know what happened. Give me until tomorrow, please.',
    'Done on our side. Would you try it again?',
    'That is a fair point, and I have passed it on.',
  ],
  tickets: [
    {
      subject: 'Voucher not accepted at checkout',
      text: 'The voucher I got last week says "not valid", although it should run until the end of the year.',
    },
    {
      subject: 'Change of delivery address',
      text: 'We are moving on Friday. Can everything that is not yet sent go to the new address?',
    },
    {
      subject: 'Blank page after signing in',
      text: 'After signing in I only see a white page, in two browsers. It worked on Sunday.',
    },
  ],
}

const texts: Record<string, LiveTexts> = {
  en: english,
  id: {
    customer: [
      'Kak, ada kabar terbaru?',
      'Maaf baru balas, tadi lagi di jalan.',
      'Ternyata masih sama, barusan saya coba lagi.',
      'Oh ternyata sudah masuk, terima kasih ya!',
    ],
    agent: [
      'Terima kasih sudah menunggu, sedang kami cek ya Kak.',
      'Sudah kami perbaiki, silakan dicoba kembali.',
      'Kami teruskan ke tim terkait dan kami kabari hari ini.',
    ],
    tickets: [
      {
        subject: 'Voucher tidak bisa dipakai',
        text: 'Voucher gratis ongkir saya ditolak terus padahal belum kedaluwarsa.',
      },
    ],
  },
  zh: {
    customer: [
      '请问有进展了吗？',
      '不好意思刚看到消息，我现在试一下。',
      '还是不行，和之前一样的提示。',
      '好了，可以了，谢谢！',
    ],
    agent: ['感谢您的耐心等待，我们正在核实。', '已经处理好了，麻烦您再试一次。', '您的意见很重要，已反馈给相关部门。'],
    tickets: [{ subject: '优惠券无法使用', text: '上周领的优惠券结算时显示"不可用"，明明还没过期。' }],
  },
  de: {
    customer: [
      'Gibt es schon etwas Neues?',
      'Ich habe den Beleg doch noch gefunden.',
      'Seit heute früh ist es wieder so.',
      'Hat sich erledigt, vielen Dank!',
    ],
    agent: [
      'Danke für Ihre Geduld, ich bin dran.',
      'Bei uns ist es jetzt erledigt. Probieren Sie es bitte noch einmal?',
      'Das gebe ich gern so weiter.',
    ],
    tickets: [
      {
        subject: 'Gutschein wird nicht angenommen',
        text: 'Der Gutschein von letzter Woche gilt angeblich nicht mehr, obwohl er bis Jahresende laufen sollte.',
      },
    ],
  },
  pt: {
    customer: [
      'Alguma novidade?',
      'Desculpa a demora, estava no trabalho.',
      'Voltou a dar o mesmo problema hoje cedo.',
      'Resolvido, valeu!',
    ],
    agent: [
      'Agradeço a paciência, estou verificando.',
      'Já ajustamos por aqui, pode testar de novo?',
      'Passei sua sugestão para a equipe.',
    ],
    tickets: [
      {
        subject: 'Cupom não funciona',
        text: 'O cupom que recebi semana passada aparece como inválido na hora de pagar.',
      },
    ],
  },
  ru: {
    customer: [
      'Есть новости?',
      'Извините, только сейчас вижу сообщение.',
      'Сегодня утром снова то же самое.',
      'Всё заработало, спасибо!',
    ],
    agent: [
      'Спасибо за ожидание, проверяем.',
      'Исправили, попробуйте, пожалуйста, ещё раз.',
      'Передаём ваше пожелание коллегам.',
    ],
    tickets: [
      {
        subject: 'Не принимается промокод',
        text: 'Промокод с прошлой недели пишет «недействителен», хотя срок до конца года.',
      },
    ],
  },
}
