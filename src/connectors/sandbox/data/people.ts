/** Invented people: names as they are given in a language, addresses in domains that belong to nobody. */
import { addContact } from '../build.ts'
import { pick } from '../chance.ts'
import type { Desk, DeskContact } from '../desk.ts'

export type PersonOptions = {
  chance: () => number
  language: string
  /** Makes the address unique. */
  number: number
  createdAt: Date
  name?: string
  identifier?: string
  /** Details that win over the invented ones. */
  with?: Partial<DeskContact>
}

export function addPerson(
  desk: Desk,
  { chance, language, number, createdAt, name, identifier, with: given }: PersonOptions,
): DeskContact {
  const names = namesOf(language)
  const first = pick(names.given, chance)
  const family = pick(names.family, chance)
  const full = name ?? (names.isFamilyFirst ? `${family}${first}` : `${first} ${family}`)
  return addContact(desk, {
    name: full,
    email: `${mailboxOf(name ?? `${first}.${family}`)}${number}@${pick(domains, chance)}`,
    phone: chance() < 0.5 ? `${names.phone}${String(1_000_000 + Math.floor(chance() * 9_000_000))}` : null,
    identifier: identifier ?? (chance() < 0.4 ? `crm-${String(number).padStart(6, '0')}` : null),
    language,
    createdAt,
    ...given,
  })
}

/** What one calls the person in a letter. */
export function firstNameOf(name: string, language: string): string {
  if (namesOf(language).isFamilyFirst) return name
  return name.split(' ')[0] ?? name
}

const domains = ['example.com', 'example.org', 'example.net', 'mail.example.com', 'post.example.org', 'inbox.test']

type Names = { given: string[]; family: string[]; phone: string; isFamilyFirst?: boolean }

function namesOf(language: string): Names {
  return names[language.slice(0, 2)] ?? english
}

function mailboxOf(name: string): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\s+/g, '.')
    .replace(/[^a-z0-9.]/g, '')
    .replace(/^\.+|\.+$/g, '')
  return plain === '' ? 'user' : plain
}

const english: Names = {
  phone: '+4477009',
  given: [
    'Amelia',
    'Oliver',
    'Grace',
    'Theo',
    'Priya',
    'Callum',
    'Naomi',
    'Desmond',
    'Hannah',
    'Rory',
    'Fatima',
    'Jack',
    'Siobhan',
    'Marcus',
    'Ines',
    'Wendell',
    'Leah',
    'Kwame',
    'Tamsin',
    'Arjun',
  ],
  family: [
    'Whitfield',
    'Okafor',
    'Larkin',
    'Patel',
    'Hargreaves',
    'Mbeki',
    'Sinclair',
    'Doyle',
    'Ashworth',
    'Castellano',
    'Nguyen',
    'Prescott',
    'Haddad',
    'Rowntree',
    'Lindqvist',
    'Abara',
    'Fairchild',
    'Kowalski',
  ],
}

const names: Record<string, Names> = {
  en: english,
  id: {
    phone: '+62812',
    given: [
      'Budi',
      'Siti',
      'Agus',
      'Dewi',
      'Rizky',
      'Putri',
      'Eko',
      'Wulan',
      'Fajar',
      'Ratna',
      'Hendra',
      'Ayu',
      'Bayu',
      'Intan',
      'Yusuf',
      'Melati',
    ],
    family: [
      'Santoso',
      'Wijaya',
      'Pratama',
      'Lestari',
      'Hidayat',
      'Nugroho',
      'Saputra',
      'Rahmawati',
      'Kusuma',
      'Siregar',
      'Simanjuntak',
      'Permata',
      'Halim',
      'Wibowo',
    ],
  },
  zh: {
    isFamilyFirst: true,
    phone: '+86139',
    given: [
      '晓明',
      '丽华',
      '志强',
      '雨桐',
      '建国',
      '思远',
      '佳怡',
      '浩然',
      '美玲',
      '子涵',
      '文博',
      '秀英',
      '俊杰',
      '雪',
    ],
    family: ['王', '李', '张', '刘', '陈', '杨', '赵', '黄', '周', '吴', '徐', '孙', '欧阳', '林'],
  },
  de: {
    phone: '+4930',
    given: [
      'Jürgen',
      'Annegret',
      'Lukas',
      'Sabine',
      'Matthias',
      'Greta',
      'Heiko',
      'Friederike',
      'Tobias',
      'Ursula',
      'Björn',
      'Lena',
      'Götz',
      'Renate',
      'Emre',
      'Katja',
    ],
    family: [
      'Weißmüller',
      'Brandt',
      'Köhler',
      'Vogelsang',
      'Schäfer',
      'Öztürk',
      'Baumgärtner',
      'Krause',
      'Lindemann',
      'Hoffmeister',
      'Zimmermann',
      'Pfeiffer',
      'Nowak',
      'Dietrich',
    ],
  },
  pt: {
    phone: '+5511',
    given: [
      'João',
      'Mariana',
      'Thiago',
      'Beatriz',
      'Rafael',
      'Luíza',
      'Antônio',
      'Camila',
      'Gustavo',
      'Fernanda',
      'Zé',
      'Patrícia',
      'Caio',
      'Helena',
    ],
    family: [
      'Silveira',
      'Carvalho',
      'Nascimento',
      'Araújo',
      'Gonçalves',
      'Moreira',
      'Teixeira',
      'Barbosa',
      'Conceição',
      'Figueiredo',
      'Prado',
      'Mendonça',
    ],
  },
  ru: {
    phone: '+7916',
    given: [
      'Анна',
      'Дмитрий',
      'Екатерина',
      'Сергей',
      'Ольга',
      'Никита',
      'Мария',
      'Павел',
      'Юлия',
      'Артём',
      'Светлана',
      'Игорь',
    ],
    family: [
      'Шевченко',
      'Коваль',
      'Ткач',
      'Мельник',
      'Бондарь',
      'Лысенко',
      'Руденко',
      'Гончар',
      'Пономаренко',
      'Дубровин-Ганич',
      'Седых',
      'Черных',
    ],
  },
  ar: { phone: '+20100', given: ['ليلى', 'عمر', 'نور', 'يوسف'], family: ['الحداد', 'منصور', 'سالم', 'درويش'] },
  it: {
    phone: '+39347',
    given: ['Chiara', 'Matteo', 'Giulia', 'Luca'],
    family: ['Ferri', 'Galli', 'Marchetti', 'De Santis'],
  },
}
