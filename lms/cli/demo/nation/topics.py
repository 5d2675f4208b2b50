# ruff: noqa: E501 -- one topic a line
"""What the courses of a nation are about: subjects, and the settings in which each of them is taught."""

from __future__ import annotations

from typing import Final, NamedTuple


class Topic(NamedTuple):
    """A subject.

    Args:
        thing: what the work is about, as it stands in the middle of a sentence.
        use: for whom or what it is done.
        steps: four steps of the work, each beginning with a verb.
        slip: a mistake that is often made; sign: how one sees that the work is well done.
    """

    slug: str
    title: str
    family: str
    competency: str
    thing: str
    use: str
    steps: tuple[str, ...]
    slip: str
    sign: str


class Setting(NamedTuple):
    """Where and by whom the work is done."""

    slug: str
    title: str
    audience: str
    scene: str
    task: str


_TOPICS: Final = """
antrean|Mengatur Antrean Loket|pelayanan|T.02|antrean loket|warga yang datang sejak pagi|Hitung kedatangan per jam;Pisahkan urusan singkat dan urusan panjang;Beri nomor sejak pintu masuk;Umumkan perkiraan waktu tunggu|Semua urusan berdiri di satu barisan.|Warga tahu kapan gilirannya.
standar-layanan|Menyusun Standar Pelayanan|pelayanan|T.02|standar pelayanan|warga yang ingin tahu syarat dan waktunya|Daftar semua layanan;Ukur waktu yang sebenarnya;Tulis syarat dengan kata sehari-hari;Bahas isinya bersama warga|Waktu ditulis dari perkiraan, bukan dari catatan.|Syarat di papan sama dengan yang diminta petugas.
maklumat|Menyiapkan Maklumat Pelayanan|pelayanan|T.02|maklumat pelayanan|warga yang menagih janji|Pilih janji yang sanggup dipenuhi;Tulis satu janji dalam satu kalimat;Minta pimpinan menetapkannya;Pasang di tempat yang mudah dibaca|Janji dibuat terlalu banyak.|Petugas hafal isi janji itu.
loket-inklusif|Pelayanan yang Ramah Disabilitas|pelayanan|T.02|pelayanan bagi penyandang disabilitas|warga yang memerlukan bantuan khusus|Periksa jalan masuk dan meja loket;Tanyakan bantuan yang diperlukan;Siapkan cara menulis dan membaca bersama;Catat kendala untuk perbaikan|Petugas berbicara kepada pendamping, bukan kepada warganya.|Warga selesai tanpa merasa menyusahkan.
skm|Survei Kepuasan Masyarakat|pelayanan|T.09|survei kepuasan|warga yang baru selesai dilayani|Tentukan waktu dan jumlah responden;Bagikan pertanyaan yang pendek;Olah jawaban apa adanya;Umumkan hasil dan rencana perbaikan|Hanya warga yang puas yang ditanya.|Ada satu perbaikan nyata sesudah survei.
aduan|Mencatat dan Menjawab Pengaduan|pelayanan|T.09|pengaduan warga|warga yang kecewa|Dengarkan sampai selesai;Catat isi dan tanda buktinya;Sampaikan kapan jawaban diberikan;Tutup aduan setelah pelapor diberi tahu|Aduan lisan tidak dicatat.|Pelapor mendapat kabar sebelum bertanya lagi.
surat-keterangan|Menerbitkan Surat Keterangan|pelayanan|T.02|surat keterangan|warga yang memerlukan bukti|Periksa tujuan surat;Cocokkan data dengan dokumen;Tulis hanya yang diketahui kantor;Simpan salinannya menurut nomor|Surat memuat hal yang tidak diperiksa.|Isi surat dapat dibuktikan kembali.
kk|Layanan Kartu Keluarga|kependudukan|T.06|pengurusan kartu keluarga|keluarga yang datanya berubah|Tanyakan peristiwa yang terjadi;Periksa dokumen pendukung;Kirim berkas ke dinas yang berwenang;Beri tahu warga cara mengambil hasilnya|Berkas dikirim sebelum nama dan tanggal dicocokkan.|Tidak ada berkas yang kembali karena salah tulis.
akta-lahir|Layanan Akta Kelahiran|kependudukan|T.06|pengurusan akta kelahiran|orang tua yang punya anak baru|Jemput data dari bidan dan posyandu;Periksa ejaan nama bersama orang tua;Lengkapi dokumen saksi;Pantau sampai akta diterima|Ejaan nama baru diperiksa setelah akta terbit.|Bayi di wilayah Anda tercatat pada bulan pertama.
pindah-datang|Layanan Pindah dan Datang|kependudukan|T.06|perpindahan penduduk|warga yang pindah alamat|Periksa alamat asal dan tujuan;Jelaskan urutan pengurusannya;Catat keluarga yang ikut pindah;Perbarui buku penduduk setempat|Warga disuruh bolak-balik tanpa daftar syarat.|Buku penduduk cocok dengan keadaan.
data-penduduk|Memutakhirkan Data Penduduk|kependudukan|T.06|data penduduk|perencanaan yang tepat sasaran|Bandingkan data dengan laporan RT;Tandai data yang meragukan;Datangi rumah bila perlu;Laporkan perubahan melalui jalur resmi|Data diubah sendiri tanpa bukti.|Selisih data berkurang setiap bulan.
musrenbang|Memandu Musyawarah Perencanaan|pemberdayaan|T.04|musyawarah perencanaan|usulan warga|Undang kelompok yang jarang hadir;Sajikan hasil tahun lalu;Pandu pemilihan prioritas;Catat alasan setiap keputusan|Daftar usulan sudah jadi sebelum musyawarah dimulai.|Warga dapat menyebut alasan pilihan bersama.
pkk|Mendampingi Kelompok PKK|pemberdayaan|T.04|kegiatan PKK|keluarga di lingkungan|Kenali kebutuhan keluarga;Pilih satu kegiatan yang sanggup dijaga;Bagi tugas dengan jelas;Tinjau hasilnya setiap tiga bulan|Kegiatan dipilih hanya karena ada anggaran.|Kegiatan tetap berjalan tanpa kehadiran Anda.
posyandu|Menguatkan Kader Posyandu|pemberdayaan|T.04|kegiatan posyandu|ibu, balita, dan lansia|Data sasaran di setiap RT;Atur jadwal bersama kader;Periksa alat sebelum hari buka;Kunjungi keluarga yang tidak hadir|Sasaran yang tidak hadir tidak dicari.|Kehadiran sasaran naik secara bertahap.
stunting|Pencegahan Stunting di Lingkungan|pemberdayaan|T.04|pencegahan stunting|keluarga dengan anak kecil|Petakan keluarga berisiko;Hubungkan keluarga dengan layanan kesehatan;Pantau pertumbuhan bersama kader;Bahas hambatan dalam rapat bulanan|Perhatian berhenti pada pembagian makanan.|Setiap keluarga berisiko punya pendamping.
umkm|Mendampingi Usaha Kecil|pemberdayaan|T.04|pendampingan usaha kecil|pelaku usaha di wilayah|Data usaha dan pemiliknya;Tanyakan satu hambatan utama;Jelaskan jalur perizinan yang resmi;Pertemukan dengan pembina yang tepat|Pendamping menjanjikan modal.|Pelaku usaha tahu langkah berikutnya.
karang-taruna|Mengajak Pemuda Berkegiatan|pemberdayaan|T.04|kegiatan pemuda|pemuda di lingkungan|Dengarkan minat pemuda;Beri ruang memimpin kegiatan;Sepakati aturan bersama;Rayakan hasil yang kecil|Kegiatan diatur seluruhnya oleh orang tua.|Pemuda mengusulkan kegiatan berikutnya.
bansos|Memeriksa Data Penerima Bantuan|pemberdayaan|T.04|data penerima bantuan|warga yang berhak|Cocokkan daftar dengan keadaan;Musyawarahkan usulan perubahan;Umumkan cara menyanggah;Sampaikan hasil melalui jalur resmi|Nama diganti tanpa musyawarah.|Sanggahan dijawab dengan bukti.
gotong-royong|Menggerakkan Gotong Royong|pemberdayaan|T.04|kerja bakti|lingkungan yang bersih dan aman|Pilih pekerjaan yang terlihat manfaatnya;Bagi tugas menurut kemampuan;Siapkan alat dan air minum;Ucapkan terima kasih secara terbuka|Undangan disampaikan terlalu mendadak.|Warga datang tanpa dijemput.
sampah|Pengelolaan Sampah Lingkungan|pemberdayaan|T.04|pengelolaan sampah|lingkungan yang sehat|Hitung sampah harian;Sepakati jadwal angkut;Pilah dari rumah;Pantau tempat pembuangan liar|Pemilahan diminta, tetapi diangkut bercampur.|Titik buangan liar berkurang.
spbe|Memakai Aplikasi Pemerintah|digital|T.10|aplikasi pemerintah|pekerjaan yang tercatat|Pastikan alamat laman resmi;Masuk dengan akun sendiri;Periksa data sebelum dikirim;Keluar setelah selesai|Satu akun dipakai bergantian.|Setiap perubahan dapat ditelusuri pelakunya.
kata-sandi|Menjaga Akun dan Kata Sandi|digital|T.10|akun dan kata sandi|keamanan data kantor|Buat kata sandi yang panjang;Pakai kata sandi berbeda untuk tiap akun;Aktifkan faktor kedua;Laporkan akun yang mencurigakan|Kata sandi ditempel di layar.|Tidak ada akun yang dipakai bersama.
data-pribadi|Melindungi Data Pribadi Warga|digital|T.10|data pribadi warga|warga yang memercayakan datanya|Minta data yang perlu saja;Simpan di tempat yang terkunci;Bagikan hanya kepada yang berhak;Musnahkan salinan yang tidak diperlukan|Foto KTP dikirim di grup percakapan.|Setiap salinan punya alasan dan batas waktu.
lembar-kerja|Mengolah Data dengan Lembar Kerja|digital|T.10|lembar kerja|laporan yang dapat diperiksa|Tulis satu hal dalam satu kolom;Pakai format tanggal yang sama;Hitung dengan rumus, bukan dengan tangan;Periksa jumlahnya dengan cara lain|Judul kolom digabung sehingga sulit diurutkan.|Orang lain dapat mengulang hitungan Anda.
hoaks|Menangkal Kabar Bohong|digital|T.10|kabar bohong|warga yang bingung|Periksa sumber pertama;Bandingkan dengan keterangan resmi;Jawab dengan kalimat singkat;Catat kabar yang berulang|Kabar bohong disebarkan lagi untuk dibantah.|Warga bertanya dahulu sebelum menyebarkan.
medsos|Mengelola Media Sosial Kantor|digital|T.10|media sosial kantor|warga yang mencari kabar|Tentukan siapa yang menjawab;Buat jadwal kabar rutin;Tulis dengan kata sederhana;Arahkan aduan ke jalur resmi|Pertanyaan warga dibiarkan berhari-hari.|Pertanyaan dijawab pada hari kerja yang sama.
tanda-tangan|Naskah dan Tanda Tangan Elektronik|digital|T.10|naskah elektronik|surat yang sah dan cepat|Siapkan naskah menurut templat;Periksa nama dan jabatan;Tandatangani dengan sertifikat elektronik;Simpan berkas aslinya|Tanda tangan dipindai lalu ditempel.|Keaslian naskah dapat diperiksa penerima.
cadangan|Mencadangkan Berkas Kantor|digital|T.10|cadangan berkas|kantor yang tetap bekerja saat gangguan|Pilih berkas yang penting;Simpan salinan di tempat lain;Uji membuka salinan;Catat tanggal pencadangan|Cadangan tidak pernah dicoba.|Berkas hilang dapat kembali dalam sehari.
naskah-dinas|Menulis Naskah Dinas|tata-kelola|T.08|naskah dinas|pembaca yang harus bertindak|Tentukan maksud surat;Tulis inti pada kalimat awal;Pakai bentuk menurut pedoman;Periksa tembusan dan lampiran|Maksud surat baru terlihat di akhir.|Penerima tahu apa yang harus dilakukan.
arsip|Mengelola Arsip Dinamis|tata-kelola|T.08|arsip dinamis|bukti yang mudah ditemukan|Catat naskah masuk dan keluar;Beri kode klasifikasi;Simpan menurut urutan;Pindahkan arsip lama sesuai jadwal|Arsip disimpan menurut ingatan petugas.|Surat lama ditemukan dalam lima menit.
susut-arsip|Menyusutkan Arsip|tata-kelola|T.08|penyusutan arsip|ruang simpan yang tertib|Baca jadwal retensi;Pisahkan arsip yang habis masa simpannya;Minta penilaian yang berwenang;Buat berita acara|Arsip dibuang tanpa penilaian.|Berita acara memuat daftar lengkap.
notula|Menulis Notula Rapat|tata-kelola|T.08|notula rapat|peserta yang harus menindaklanjuti|Tulis keputusan, bukan percakapan;Sebut pelaksana dan batas waktu;Minta peserta memeriksa;Bagikan pada hari yang sama|Notula disusun seminggu kemudian.|Setiap keputusan punya pelaksana.
rka|Menyusun Rencana Kerja dan Anggaran|tata-kelola|T.07|rencana kerja dan anggaran|kegiatan yang dapat dilaksanakan|Mulai dari masalah yang nyata;Pilih keluaran yang dapat dihitung;Susun biaya menurut standar harga;Cocokkan dengan jadwal|Rencana tahun lalu disalin begitu saja.|Setiap biaya terhubung dengan keluaran.
spj|Menyusun Bukti Pertanggungjawaban|tata-kelola|T.07|bukti pertanggungjawaban|uang publik yang dipakai dengan jujur|Kumpulkan bukti pada hari transaksi;Periksa jumlah dan tanggal;Lengkapi tanda terima;Serahkan sebelum batas waktu|Bukti dikejar pada akhir bulan.|Pemeriksa tidak menemukan bukti yang kurang.
aset|Menata Barang Milik Daerah|tata-kelola|T.07|barang milik daerah|barang yang terawat dan tercatat|Cocokkan daftar dengan barangnya;Tempel label;Catat pengguna dan ruang;Laporkan barang rusak|Barang dipindahkan tanpa catatan.|Setiap barang ditemukan di ruang yang tercatat.
pbb|Membantu Pemungutan Pajak Daerah|tata-kelola|T.07|pemungutan pajak daerah|wajib pajak di wilayah|Sampaikan surat pajak tepat alamat;Jelaskan cara membayar resmi;Catat keberatan warga;Laporkan alamat yang berubah|Petugas menerima uang tanpa tanda terima.|Warga membayar langsung ke tempat resmi.
pengadaan|Belanja Barang Sederhana|tata-kelola|T.07|belanja barang|kebutuhan kantor|Tulis kebutuhan dengan jelas;Bandingkan harga;Periksa barang saat diterima;Simpan bukti dan garansi|Barang dipesan sebelum anggarannya ada.|Barang sesuai kebutuhan dan tercatat.
pembinaan-desa|Membina Pemerintahan Desa|tata-kelola|T.05|pembinaan desa|aparat desa|Pelajari keadaan desa;Sepakati satu perbaikan;Dampingi langkah pertama;Tinjau hasil bersama|Pembinaan hanya berupa teguran.|Desa menyelesaikan masalah dengan cara sendiri.
awas-desa|Mengawasi Pembangunan Kelurahan|tata-kelola|T.05|pembangunan kelurahan|warga yang menikmati hasilnya|Baca rencana dan gambar;Datangi lokasi secara berkala;Catat temuan dengan foto;Sampaikan temuan sebelum pekerjaan selesai|Pengawasan dilakukan setelah pembayaran.|Temuan diperbaiki sebelum serah terima.
pemerintahan|Koordinasi Pemerintahan Wilayah|tata-kelola|T.01|koordinasi wilayah|kerja antarinstansi|Petakan siapa berbuat apa;Undang pihak yang memutuskan;Sepakati satu tujuan;Tulis hasil dan batas waktu|Rapat berakhir tanpa pembagian tugas.|Masalah lintas kantor selesai tanpa menunggu lama.
batas-wilayah|Menata Batas dan Nama Wilayah|tata-kelola|T.01|batas wilayah|warga di perbatasan|Kumpulkan dokumen batas;Telusuri batas bersama tetangga;Catat titik yang disepakati;Ajukan penetapan|Batas diputuskan oleh satu pihak.|Kedua pihak menandatangani hasil yang sama.
profil|Menyusun Profil Kecamatan|tata-kelola|T.01|profil wilayah|keputusan yang berdasar data|Tentukan data yang diperlukan;Catat sumber setiap angka;Periksa angka yang janggal;Terbitkan dengan tanggal yang jelas|Angka disalin tanpa sumber.|Dua kantor memakai angka yang sama.
trantib|Menjaga Ketertiban Umum|tata-kelola|T.03|ketertiban umum|warga yang beraktivitas|Kenali titik rawan;Ajak warga berbicara dahulu;Bertindak menurut prosedur;Catat kejadian dan hasilnya|Penertiban dimulai tanpa pemberitahuan.|Warga tertib tanpa penjagaan terus-menerus.
linmas|Menguatkan Linmas|tata-kelola|T.03|kegiatan linmas|keamanan lingkungan|Data anggota dan kemampuan;Latih tugas yang paling sering;Atur jadwal jaga;Periksa perlengkapan|Anggota dipanggil hanya saat ada acara.|Anggota tahu tugas dan jalur lapor.
bencana|Tanggap Darurat Bencana|tata-kelola|T.03|tanggap darurat|warga terdampak|Kenali ancaman di wilayah;Sepakati jalur evakuasi;Data warga yang perlu bantuan;Latih bersama warga|Rencana disimpan dan tidak pernah dilatih.|Warga tahu harus berkumpul di mana.
konflik|Menengahi Perselisihan Warga|sosial-kultural|SK.1|perselisihan warga|pihak yang berselisih|Dengarkan kedua pihak terpisah;Temukan kepentingan bersama;Pandu pertemuan yang tenang;Tulis kesepakatan dan pemantauannya|Petugas memihak sejak awal.|Kedua pihak menepati kesepakatan.
kebinekaan|Melayani Warga yang Beragam|sosial-kultural|SK.1|pelayanan tanpa membedakan|warga dengan latar berbeda|Kenali kebiasaan setempat;Pakai sapaan yang menghormati;Berikan layanan yang sama;Perbaiki kebiasaan yang menyinggung|Warga tertentu didahulukan.|Semua warga merasa diterima.
integritas|Menolak Gratifikasi|manajerial|M.1|gratifikasi|kepercayaan warga|Kenali pemberian yang dilarang;Tolak dengan sopan;Laporkan yang tidak dapat ditolak;Jelaskan aturan kepada warga|Pemberian kecil dianggap wajar.|Warga berhenti membawa pemberian.
tim|Kerja Tim di Kantor Kecil|manajerial|M.2|kerja tim|tugas bersama|Bagi tugas menurut kekuatan;Tetapkan cara saling memberi kabar;Bantu rekan yang tertinggal;Tinjau cara kerja setiap bulan|Satu orang mengerjakan semuanya.|Pekerjaan berjalan saat satu orang cuti.
komunikasi|Berbicara di Depan Warga|manajerial|M.3|berbicara di depan warga|warga yang hadir|Tentukan satu pesan utama;Siapkan contoh setempat;Beri waktu bertanya;Ulangi kesepakatan di akhir|Pembicara membaca naskah sampai habis.|Warga dapat mengulang pesan utama.
sasaran|Menyusun Sasaran Kerja|manajerial|M.4|sasaran kerja|hasil yang dapat diukur|Turunkan sasaran dari tugas unit;Pilih ukuran yang jelas;Sepakati batas waktu;Tinjau setiap tiga bulan|Sasaran berisi kegiatan, bukan hasil.|Pegawai tahu hasil yang ditunggu.
umpan-balik|Memberi Umpan Balik|manajerial|M.6|umpan balik|rekan dan bawahan|Pilih waktu yang tenang;Sebut perilaku yang terlihat;Dengarkan penjelasan;Sepakati langkah berikutnya|Teguran disampaikan di depan umum.|Perilaku berubah tanpa hubungan rusak.
perubahan|Memimpin Perubahan Kecil|manajerial|M.7|perubahan cara kerja|kantor yang lebih rapi|Pilih satu masalah yang mengganggu;Coba cara baru selama dua minggu;Ukur sebelum dan sesudah;Sebarkan cara yang berhasil|Semua hal diubah sekaligus.|Cara baru dipakai tanpa diingatkan.
keputusan|Mengambil Keputusan dengan Data|manajerial|M.8|pengambilan keputusan|unit kerja|Rumuskan pertanyaannya;Kumpulkan data yang cukup;Bandingkan dua pilihan;Catat alasan keputusan|Data dicari untuk membenarkan pilihan.|Alasan keputusan dapat dijelaskan kembali.
"""
_SETTINGS: Final = """
dasar|Dasar|Pegawai yang baru mengenal pekerjaan ini.|Anda baru dua pekan di kantor ini. Atasan meminta Anda membantu rekan yang sudah lama.|Amati satu hari kerja, lalu tulis tiga hal yang Anda lihat.
kecamatan|di Kecamatan|Pegawai kantor kecamatan atau distrik.|Kantor kecamatan melayani beberapa kelurahan sekaligus. Permintaan datang dari banyak arah.|Pilih satu kelurahan, lalu catat kebutuhannya bersama lurah.
kelurahan|di Kelurahan|Lurah dan pegawai kelurahan.|Kantor kelurahan hanya punya beberapa pegawai. Setiap orang memegang lebih dari satu tugas.|Bagi pekerjaan ini dengan satu rekan, lalu coba selama sepekan.
pengawas|untuk Pejabat Pengawas|Kepala seksi, kepala subbagian, dan lurah.|Anda bertanggung jawab atas pekerjaan tiga sampai lima orang. Anda tidak lagi mengerjakan semuanya sendiri.|Bahas satu langkah dengan tim, lalu sepakati ukuran hasilnya.
kepulauan|di Wilayah Kepulauan|Pegawai di pulau kecil dan pesisir.|Kapal datang dua kali sepekan dan sinyal sering hilang. Warga menunggu dengan sabar, tetapi tidak mau datang dua kali.|Susun cara kerja yang tetap jalan saat kapal tidak datang.
pegunungan|di Wilayah Pegunungan|Pegawai di wilayah yang jauh dari kota.|Jalan ke kantor rusak pada musim hujan. Sebagian warga berjalan kaki berjam-jam.|Rancang satu hari layanan keliling bersama kepala lingkungan.
perkotaan|di Wilayah Perkotaan|Pegawai di kota yang padat.|Ratusan warga datang setiap hari. Sebagian bekerja pada jam kantor dan meminta layanan lain waktu.|Ukur jam tersibuk selama tiga hari, lalu usulkan satu perubahan.
lanjut|Tingkat Lanjut|Pegawai yang sudah menguasai dasarnya.|Anda sudah mengerjakan hal ini bertahun-tahun. Kini rekan lain bertanya kepada Anda.|Latih satu rekan, lalu minta ia menjelaskan kembali.
data|Berbasis Data|Pegawai yang menyusun laporan dan rencana.|Pimpinan meminta angka, bukan kesan. Catatan kantor tersebar di beberapa buku.|Gabungkan dua catatan, lalu tunjukkan satu angka yang berguna.
warga|Bersama Warga|Pegawai yang bekerja dengan RT, RW, dan kader.|Warga tahu keadaan lebih baik daripada kantor. Mereka mau membantu bila diajak sejak awal.|Ajak tiga warga membahas satu langkah, lalu catat usul mereka.
"""


def _topic(line: str) -> Topic:
    slug, title, family, competency, thing, use, steps, slip, sign = line.split("|")
    return Topic(slug, title, family, competency, thing, use, tuple(steps.split(";")), slip, sign)


TOPICS: Final = tuple(_topic(line) for line in _TOPICS.strip().splitlines())
SETTINGS: Final = tuple(Setting(*line.split("|")) for line in _SETTINGS.strip().splitlines())
