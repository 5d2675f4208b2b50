# ruff: noqa: E501 -- one family a line
"""Families of common course words, made by hand where stemming alone parts what belongs together.

One family a line; all its words find one another. Words of one family need not share a root:
short forms and everyday words stand beside the official ones (KTP, kartu; aduan, keluhan).
"""

from __future__ import annotations

_LINES = """
nilai menilai dinilai penilaian penilai nilainya ternilai
layanan pelayanan melayani dilayani layan pelayan terlayani yanlik
ajar belajar pelajaran mengajar pengajar pengajaran pembelajaran pelajar diajarkan mempelajari
latih pelatihan melatih pelatih dilatih latihan berlatih diklat bimtek kursus
didik pendidikan mendidik pendidik peserta-didik
uji ujian menguji penguji pengujian diuji tes asesmen
adu aduan pengaduan mengadu pengadu diadukan keluhan mengeluh lapor laporan melapor pelaporan melaporkan pelapor dilaporkan
tulis menulis penulis penulisan tulisan tertulis ditulis
catat mencatat catatan pencatatan pencatat dicatat tercatat
kelola mengelola pengelola pengelolaan dikelola kelolaan manajemen
kembang mengembangkan pengembangan berkembang perkembangan pengembang dikembangkan
pimpin memimpin pemimpin kepemimpinan pimpinan dipimpin
kerja bekerja pekerjaan pekerja kinerja mengerjakan dikerjakan
rencana merencanakan perencanaan perencana direncanakan musrenbang
anggar anggaran menganggarkan penganggaran dianggarkan
uang keuangan bendahara bendaharawan
belanja berbelanja pembelanjaan membelanjakan
bayar membayar pembayaran dibayar pembayar
pajak perpajakan pemajakan pbb retribusi
daya berdaya pemberdayaan memberdayakan diberdayakan keberdayaan
desa perdesaan pedesaan kelurahan lurah
camat kecamatan paten
damping mendampingi pendampingan pendamping didampingi mentor mentoring pembimbing
bimbing membimbing bimbingan pembimbingan dibimbing
tugas bertugas petugas penugasan menugaskan ditugaskan
surat menyurat persuratan suratnya
arsip mengarsipkan pengarsipan kearsipan arsiparis diarsipkan
dokumen dokumentasi mendokumentasikan pendokumentasian berkas
data pendataan mendata didata basisdata statistik
duduk penduduk kependudukan disdukcapil dukcapil adminduk
ktp kartu e-ktp ktp-el identitas
keluarga kekeluargaan kk berkeluarga
lahir kelahiran akta akte dilahirkan
mati kematian meninggal
kawin perkawinan menikah pernikahan nikah
pindah perpindahan kepindahan berpindah memindahkan datang kedatangan
usaha berusaha pengusaha perusahaan wirausaha umkm
izin perizinan mengizinkan berizin oss nib
bantu bantuan membantu pembantu dibantu bansos
sosial bersosialisasi sosialisasi menyosialisasikan
miskin kemiskinan pengentasan dtks dtsen
stunting tengkes gizi balita posyandu
sehat kesehatan menyehatkan puskesmas
bersih kebersihan membersihkan pembersihan sampah persampahan
lingkungan melingkungi rukun rt rw
tata menata penataan tertata
aman keamanan mengamankan pengamanan pengaman keselamatan
tertib ketertiban menertibkan penertiban trantib trantibum linmas
bencana kebencanaan penanggulangan menanggulangi tanggap darurat
musyawarah bermusyawarah rapat berapat mufakat
masyarakat kemasyarakatan bermasyarakat warga kewarganegaraan rakyat publik
ikut mengikuti keikutsertaan pengikut partisipasi berpartisipasi
laksana melaksanakan pelaksanaan pelaksana dilaksanakan terlaksana
selenggara menyelenggarakan penyelenggaraan penyelenggara diselenggarakan
awas mengawasi pengawasan pengawas diawasi
periksa memeriksa pemeriksaan pemeriksa diperiksa audit
bina membina pembinaan pembina dibina binaan
atur mengatur peraturan pengaturan aturan diatur regulasi
hukum menghukum perundangan perundang-undangan legal
putus memutuskan keputusan putusan pengambilan diputuskan
setuju menyetujui persetujuan disetujui
tetap menetapkan penetapan ketetapan ditetapkan
ubah mengubah perubahan diubah berubah pengubahan
inovasi berinovasi inovatif pembaruan
mutu bermutu kualitas berkualitas
standar standarisasi standardisasi sop prosedur
ukur mengukur pengukuran ukuran diukur terukur
survei menyurvei surveyor skm kepuasan puas memuaskan
sepakat kesepakatan menyepakati disepakati
sama kerjasama kerja-sama bersama kebersamaan
hubung hubungan berhubungan menghubungi penghubung humas
komunikasi berkomunikasi mengomunikasikan komunikatif
bicara berbicara pembicara pembicaraan
dengar mendengar mendengarkan pendengar pendengaran
baca membaca pembaca bacaan pembacaan terbaca literasi
digital digitalisasi mendigitalkan elektronik spbe
komputer komputerisasi laptop
aplikasi mengaplikasikan pengaplikasian sistem
sandi kata-sandi password persandian
siber keamanan-siber phishing penipuan tipu menipu
pribadi kepribadian privasi
lindung melindungi perlindungan pelindung dilindungi
jaga menjaga penjagaan dijaga
bagi berbagi pembagian membagi
informasi menginformasikan ppid keterbukaan
terbuka membuka pembukaan dibuka buka
hoaks hoax bohong kebohongan
media medsos
integritas antikorupsi korupsi gratifikasi
etika beretika etis kode-etik
hormat menghormati kehormatan penghormatan
adil keadilan mengadili pengadilan
setara kesetaraan gender pengarusutamaan
ragam beragam keberagaman keragaman
bangsa kebangsaan perekat
budaya berbudaya kebudayaan membudayakan
agama beragama keagamaan moderasi
kompeten kompetensi berkompetensi kecakapan cakap
mampu kemampuan berkemampuan
terampil keterampilan ketrampilan
tahu mengetahui pengetahuan
paham memahami pemahaman dipahami
sikap bersikap menyikapi
pegawai kepegawaian asn pns pppk aparatur
jabat menjabat jabatan pejabat penjabat
tunjang tunjangan menunjang penunjang
sertifikat sertifikasi bersertifikat menyertifikasi sttp
hadir kehadiran menghadiri dihadiri daftar-hadir
daftar mendaftar pendaftaran pendaftar terdaftar didaftarkan
pilih memilih pemilihan pemilih pilihan dipilih
hitung menghitung penghitungan perhitungan dihitung
banding membandingkan perbandingan sebanding
susun menyusun penyusunan susunan disusun
buat membuat pembuatan pembuat dibuat
pakai memakai pemakaian pemakai dipakai
guna menggunakan penggunaan pengguna kegunaan digunakan
manfaat memanfaatkan pemanfaatan bermanfaat dimanfaatkan
beri memberi memberikan pemberian pemberi diberi
terima menerima penerimaan penerima diterima
simpan menyimpan penyimpanan simpanan disimpan tersimpan
kirim mengirim pengiriman kiriman dikirim pengirim
cari mencari pencarian pencari dicari
temu bertemu pertemuan menemukan penemuan
tanya bertanya pertanyaan menanyakan
jawab menjawab jawaban penjawab dijawab
tanggung menanggung tanggungan bertanggung
selesai menyelesaikan penyelesaian diselesaikan
sengketa mediasi menengahi konflik perselisihan berselisih
tanah pertanahan lahan
bangun membangun pembangunan bangunan dibangun
sarana prasarana infrastruktur
aset barang inventaris inventarisasi
ada mengadakan pengadaan diadakan lelang
kontrak mengontrak pengontrakan perjanjian
waktu sewaktu jadwal penjadwalan menjadwalkan
antre mengantre antrean antri antrian
loket konter
ramah keramahan beramah
santun kesantunan sopan kesopanan
cepat mempercepat percepatan kecepatan
mudah memudahkan kemudahan mempermudah
"""

FAMILIES: tuple[frozenset[str], ...] = tuple(frozenset(line.split()) for line in _LINES.strip().splitlines())
FAMILY_OF: dict[str, int] = {
    word.replace("-", ""): number for number, family in reversed(list(enumerate(FAMILIES))) for word in family
}
