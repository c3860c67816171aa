/** What fills the gaps of a script: numbers, dates, places and things, written as the language writes them. */
import { pick } from '../chance.ts'

const dayMs = 24 * 3600 * 1000

export type ValuesOptions = {
  chance: () => number
  language: string
  at: Date
  /** The customer's whole name and the one they are called by. */
  full: string
  name: string
  email: string
  agent: string
}

export function valuesFor({ chance, language, at, full, name, email, agent }: ValuesOptions): Record<string, string> {
  const words = wordsOf[language] ?? english
  const digits = (count: number) => String(Math.floor((0.1 + chance() * 0.9) * 10 ** count))
  const day = (offset: number) =>
    new Intl.DateTimeFormat(words.locale, { day: 'numeric', month: 'long', timeZone: 'UTC' }).format(
      at.getTime() + offset * dayMs,
    )
  const money = (most: number) =>
    new Intl.NumberFormat(words.locale, {
      style: 'currency',
      currency: words.currency,
      maximumFractionDigits: words.cents,
    }).format(Math.round((0.1 + chance() * 0.9) * most * words.rate * 100) / 100)
  const clock = () =>
    `${String(7 + Math.floor(chance() * 11)).padStart(2, '0')}:${pick(['05', '10', '15', '20', '30', '40', '45', '50'], chance)}`
  const city = pick(words.cities, chance)
  return {
    full,
    name,
    email,
    agent,
    city,
    city2: pick(
      words.cities.filter((other) => other !== city),
      chance,
    ),
    order: `${pick(['A', 'B', 'K', 'S', 'X'], chance)}-${digits(6)}`,
    invoice: `INV-${at.getUTCFullYear()}-${digits(5)}`,
    code: `${pick(['QX', 'RL', 'TZ', 'HB', 'MN'], chance)}${digits(5)}`,
    code3: digits(3),
    hex: Math.floor(chance() * 0xffffffff)
      .toString(16)
      .padStart(8, '0'),
    amount: money(200),
    date: day(-1 - Math.floor(chance() * 12)),
    date2: day(2 + Math.floor(chance() * 14)),
    month: new Intl.DateTimeFormat(words.locale, { month: 'long', timeZone: 'UTC' }).format(at.getTime() - 40 * dayMs),
    time: clock(),
    time2: clock(),
    n: String(2 + Math.floor(chance() * 7)),
    days: String(2 + Math.floor(chance() * 9)),
    bignumber: digits(4),
    version: `${digits(1)}.${digits(2)}.${digits(1)}`,
    flight: `${pick(['XQ', 'ZP', 'QJ'], chance)} ${digits(3)}`,
    host: `${pick(['web', 'db', 'app', 'cache', 'shop'], chance)}-${digits(2)}`,
    ip: `198.51.100.${1 + Math.floor(chance() * 253)}`,
    zone: `zone-${pick(['a', 'b', 'c'], chance)}`,
    phone: `${words.phone} ${digits(3)} ${digits(4)}`,
    street: words.street.replace('#', String(1 + Math.floor(chance() * 140))).replace('%', pick(words.streets, chance)),
    screen: pick(['tablet', 'monitor', 'smart watch', 'e-book reader', 'photo frame'], chance),
    wearable: pick(words.wearables ?? english.products, chance),
    product: pick(words.products, chance),
    hotel: pick(words.hotels, chance),
    company: pick(words.companies, chance),
    device: pick(['Pixel 8', 'Galaxy A54', 'iPhone 13', 'Redmi Note 12', 'Fairphone 5', 'Xperia 10'], chance),
  }
}

type Words = {
  locale: string
  currency: string
  cents: number
  rate: number
  phone: string
  street: string
  streets: string[]
  cities: string[]
  products: string[]
  wearables?: string[]
  hotels: string[]
  companies: string[]
}

const english: Words = {
  locale: 'en-GB',
  currency: 'GBP',
  cents: 2,
  rate: 1,
  phone: '+44 7700',
  street: '# %',
  streets: ['Mill Lane', 'Harbour Road', 'Orchard Close', 'Station Parade', 'Castle Hill'],
  cities: ['Bristol', 'Leeds', 'Galway', 'Norwich', 'Dundee', 'Cardiff', 'Porto', 'Lyon'],
  wearables: ['rain jacket', 'hiking boots', 'wool jumper', 'linen shirt', 'cycling gloves'],
  products: [
    'reading lamp',
    'espresso machine',
    'rain jacket',
    'tablet stand',
    'hiking boots',
    'noise-cancelling headphones',
  ],
  hotels: ['the Harbour View Hotel', 'Lindenhof Inn', 'Casa do Mirante', 'the Old Mill'],
  companies: ['Brightwater Charity', 'Pendle & Sons', 'Greyfriars Housing', 'Tern Analytics'],
}

const wordsOf: Record<string, Words> = {
  en: english,
  id: {
    locale: 'id-ID',
    currency: 'IDR',
    cents: 0,
    rate: 10_000,
    phone: '+62 812',
    street: 'Jl. % No. #',
    streets: ['Melati', 'Kenanga', 'Cendrawasih', 'Veteran', 'Gajah Mada'],
    cities: ['Bandung', 'Surabaya', 'Yogyakarta', 'Medan', 'Makassar', 'Semarang', 'Denpasar'],
    products: ['tas selempang', 'rice cooker', 'sepatu lari', 'blender', 'jaket denim', 'jam tangan'],
    hotels: ['Hotel Bunga Rampai', 'Wisma Samudra', 'Hotel Puncak Indah'],
    companies: ['PT Sinar Contoh Abadi', 'CV Maju Bersama', 'Koperasi Tani Makmur'],
  },
  zh: {
    locale: 'zh-CN',
    currency: 'CNY',
    cents: 2,
    rate: 6,
    phone: '+86 139',
    street: '%#号',
    streets: ['人民路', '梧桐街', '滨江大道', '学院路', '和平里'],
    cities: ['杭州', '成都', '青岛', '西安', '厦门', '武汉', '长沙'],
    wearables: ['短袖T恤', '睡衣套装', '床单四件套', '连衣裙', '婴儿连体衣'],
    products: ['羊绒围巾', '蓝牙耳机', '电饭煲', '登山包', '机械键盘', '婴儿推车'],
    hotels: ['湖畔云舍酒店', '海天假日酒店', '古城驿站'],
    companies: ['上海示例科技有限公司', '杭州清风贸易有限公司', '成都远山文化传媒有限公司'],
  },
  de: {
    locale: 'de-DE',
    currency: 'EUR',
    cents: 2,
    rate: 1,
    phone: '+49 151',
    street: '% #',
    streets: ['Lindenstraße', 'Am Mühlbach', 'Schillerplatz', 'Hafenweg', 'Kastanienallee'],
    cities: ['Göttingen', 'Rostock', 'Freiburg', 'Görlitz', 'Kassel', 'Münster', 'Erfurt'],
    products: [
      'einen Wasserkocher',
      'eine Fahrradtasche',
      'ein Bücherregal',
      'eine Daunenjacke',
      'einen Staubsauger',
      'ein Zelt',
    ],
    hotels: ['Hotel Seeblick', 'Gasthof zur Post', 'Hotel Drei Kronen'],
    companies: ['Bäckerei Muster GmbH', 'Nordlicht Verlag', 'Werkhof eG'],
  },
  pt: {
    locale: 'pt-BR',
    currency: 'BRL',
    cents: 2,
    rate: 5,
    phone: '+55 11',
    street: 'Rua %, #',
    streets: ['das Palmeiras', 'Sete de Abril', 'do Porto', 'Nova Esperança', 'dos Ipês'],
    cities: ['Recife', 'Curitiba', 'Belém', 'Salvador', 'Florianópolis', 'Goiânia', 'Manaus'],
    products: [
      'o liquidificador',
      'a mochila azul',
      'o fone de ouvido',
      'a cafeteira',
      'o tênis de corrida',
      'a luminária',
    ],
    hotels: ['Pousada do Farol', 'Hotel Mar Azul', 'Hotel das Acácias'],
    companies: ['Padaria Exemplo Ltda.', 'Oficina Boa Vista ME', 'Editora Jatobá'],
  },
  ru: {
    locale: 'ru-RU',
    currency: 'RUB',
    cents: 0,
    rate: 90,
    phone: '+7 916',
    street: 'ул. %, д. #',
    streets: ['Садовая', 'Лесная', 'Набережная', 'Мира', 'Полевая'],
    cities: ['Казань', 'Пермь', 'Самара', 'Томск', 'Тула', 'Омск', 'Псков'],
    products: ['куртку', 'кроссовки', 'зимние ботинки', 'свитер', 'рюкзак'],
    hotels: ['«Берёзка»', '«Волна»', '«Старый город»'],
    companies: ['ООО «Пример»', 'ИП Образцов', 'АО «Северный ветер»'],
  },
}
