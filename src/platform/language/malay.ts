/**
 * Malay or Indonesian: one language in most of its words and n-grams, told apart by words that only one of them uses or
 * spells so. Indonesian unless something speaks for Malay: it has ten times as many writers.
 */
const MALAY = setOf(`
  adakah ahad akaun awak baiki bayaran beritahu berapakah bilakah bolehkah bungkusan cik cuba dihantar encik hantar hendak
  iaitu ialah isnin kedai kerana khamis korang kualiti laman mahu maklumkan menghantar menyemak nak ogos pejabat pelbagai
  penghantaran perkhidmatan puan pulangkan resit rosak sahaja saiz semak sila syarikat talian tarikh telefon tempahan wang`)
const INDONESIAN = setOf(`
  agustus aja akun anda apakah banget berbagai bisa cek coba dikirim dong gak gimana jelaskan kalau kamis kantor kapan karena
  kartu kenapa kirim kok kualitas layanan mau mengirim minggu mohon nggak nomor paket pembayaran pengiriman perbaiki periksa
  perusahaan pesanan rekening resi rusak saja senin sih silahkan silakan situs tanggal telepon toko uang udah ukuran yaitu`)

function setOf(list: string): ReadonlySet<string> {
  return new Set(list.trim().split(/\s+/))
}

export function isMalay(words: string): boolean {
  const each = words.toLowerCase().split(/[^\p{L}]+/u)
  const speaking = (list: ReadonlySet<string>) => each.filter((word) => list.has(word)).length
  return speaking(MALAY) > speaking(INDONESIAN)
}
