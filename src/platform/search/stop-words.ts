/** Words that stand in nearly every text and tell nothing about it, as people type them into a question. */
const lists = {
  en: `a an the and or of to in on at by for from with as is are was were be been am do does did i my me we our us you your
    he she it its they their this that these those there how what when where why who which can could would should will
    have has had not but if so about into please`,
  de: `der die das den dem des ein eine einen einem einer und oder von zu zum zur im in mit auf für fur fuer an am bei aus
    ist sind war waren sein bin ich mein meine meinen wir uns unser unsere sie er es ihr ihre wie was wann wo warum wer
    kann können koennen nicht auch noch bitte dass nach über ueber`,
  pt: `o a os as um uma uns umas e ou de do da dos das em no na nos nas por para com que se é são sao foi era ser meu minha
    meus minhas eu nós nos você voce ele ela como quando onde porque quem não nao já ja`,
  id: `yang dan di ke dari untuk dengan ini itu saya aku kami kita anda kamu dia ada adalah apa apakah bagaimana kapan
    mengapa siapa bisa dapat akan sudah belum tidak nya pada juga atau tolong mohon`,
  ru: `и в во не на я мы вы он она оно они с со к ко от до по за из у о об что как где когда почему кто это этот эта эти
    мой моя моё мое мои наш ваш был была было были есть для или же ли бы`,
}

export const stopWords: ReadonlySet<string> = new Set(Object.values(lists).flatMap((list) => list.split(/\s+/)))
