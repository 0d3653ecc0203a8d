"""A short film as an MP4 file that players and browsers can show.

Each frame is an H.264 key frame with uncompressed macroblocks (`I_PCM`), so no encoder is needed.
Names are those of the standards ITU-T H.264 and ISO/IEC 14496-12.
"""

import struct
from collections.abc import Iterator, Sequence

from local.sample.media.artwork import landscape
from local.sample.media.picture import Colour, Picture

_WIDTH, _HEIGHT = 192, 112  # pixels; whole macroblocks
_FRAMES = 12
_FRAMES_A_SECOND = 4
_MACROBLOCK = 16  # pixels across and down

_BASELINE, _CONSTRAINED, _LEVEL = 66, 0xC0, 30
_SPS, _PPS, _IDR = b"\x67", b"\x68", b"\x65"  # NAL unit headers: parameter sets, key frame
_NEXT_MACROBLOCK = b"\x0d\x00"  # mb_type I_PCM, and zeros up to the next whole byte
_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_DPI_72 = 72 << 16


def film(name: str) -> bytes:
    """Return three seconds of paper boats that cross a lake, as MP4."""
    frames = [
        _sample(_key_frame(landscape(name, _WIDTH, _HEIGHT, at / _FRAMES), at))
        for at in range(_FRAMES)
    ]
    kind = _box(b"ftyp", b"isom", struct.pack(">I", 0x200), b"isomavc1mp41")
    index = _index([len(frame) for frame in frames], 0)
    index = _index([len(frame) for frame in frames], len(kind) + len(index) + 8)
    return kind + index + _box(b"mdat", *frames)


def _key_frame(picture: Picture, number: int) -> bytes:
    """Return one IDR picture of one slice."""
    header = (
        _unsigned(0)  # first_mb_in_slice
        + _unsigned(7)  # slice_type: only I
        + _unsigned(0)  # pic_parameter_set_id
        + "0000"  # frame_num
        + _unsigned(number % 2)  # idr_pic_id, which differs between neighbours
        + "00"  # no_output_of_prior_pics_flag, long_term_reference_flag
        + _unsigned(0)  # slice_qp_delta
        + _unsigned(1)  # disable_deblocking_filter_idc
        + _unsigned(25)  # mb_type: I_PCM
    )
    # Samples are at least 16, so no sequence of zero bytes needs an escape.
    return _IDR + _bytes(header) + _NEXT_MACROBLOCK.join(_macroblocks(picture)) + b"\x80"


def _macroblocks(picture: Picture) -> Iterator[bytes]:
    """Yield luma, blue and red difference of each 16 by 16 pixels, row by row."""
    luma, blue, red = (
        bytes(table).ljust(256, b"\x10")
        for table in zip(*map(_studio_swing, picture.palette), strict=True)
    )
    planes = (
        (picture.pixels.translate(luma), picture.width, _MACROBLOCK),
        (_every_other(picture).translate(blue), picture.width // 2, _MACROBLOCK // 2),
        (_every_other(picture).translate(red), picture.width // 2, _MACROBLOCK // 2),
    )
    for down in range(picture.height // _MACROBLOCK):
        for across in range(picture.width // _MACROBLOCK):
            yield b"".join(
                plane[(down * size + row) * width + across * size :][:size]
                for plane, width, size in planes
                for row in range(size)
            )


def _every_other(picture: Picture) -> bytes:
    return b"".join(
        picture.pixels[row * picture.width : (row + 1) * picture.width : 2]
        for row in range(0, picture.height, 2)
    )


def _studio_swing(colour: Colour) -> tuple[int, int, int]:
    """Convert RGB to YCbCr of BT.601, 16 to 235 and 16 to 240."""
    red, green, blue = (part / 255 for part in colour)
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    return (
        round(16 + 219 * luma),
        round(128 + 224 * (blue - luma) / 1.772),
        round(128 + 224 * (red - luma) / 1.402),
    )


def _unsigned(number: int) -> str:
    """Return the bits of an Exp-Golomb code, ue(v); for 0 they equal se(v)."""
    code = f"{number + 1:b}"
    return "0" * (len(code) - 1) + code


def _bytes(bits: str) -> bytes:
    whole = bits.ljust(-(-len(bits) // 8) * 8, "0")
    return int(whole, 2).to_bytes(len(whole) // 8, "big")


def _sequence_parameters() -> bytes:
    bits = (
        _unsigned(0)  # seq_parameter_set_id
        + _unsigned(0)  # log2_max_frame_num_minus4
        + _unsigned(2)  # pic_order_cnt_type: display order is storage order
        + _unsigned(0)  # max_num_ref_frames
        + "0"  # gaps_in_frame_num_value_allowed_flag
        + _unsigned(_WIDTH // _MACROBLOCK - 1)
        + _unsigned(_HEIGHT // _MACROBLOCK - 1)
        + "11"  # frame_mbs_only_flag, direct_8x8_inference_flag
        + "00"  # frame_cropping_flag, vui_parameters_present_flag
        + "1"  # rbsp_stop_one_bit
    )
    return _SPS + bytes([_BASELINE, _CONSTRAINED, _LEVEL]) + _bytes(bits)


def _picture_parameters() -> bytes:
    bits = (
        _unsigned(0)  # pic_parameter_set_id
        + _unsigned(0)  # seq_parameter_set_id
        + "00"  # entropy_coding_mode_flag: CAVLC, bottom_field_pic_order_in_frame_present_flag
        + _unsigned(0)  # num_slice_groups_minus1
        + _unsigned(0) * 2  # num_ref_idx_l0_default_active_minus1, and l1
        + "000"  # weighted_pred_flag, weighted_bipred_idc
        + _unsigned(0) * 3  # pic_init_qp_minus26, pic_init_qs_minus26, chroma_qp_index_offset
        + "100"  # deblocking_filter_control_present_flag, and two that are off
        + "1"  # rbsp_stop_one_bit
    )
    return _PPS + _bytes(bits)


def _sample(unit: bytes) -> bytes:
    return struct.pack(">I", len(unit)) + unit


def _index(sizes: Sequence[int], start: int) -> bytes:
    """Return the `moov` box for frames of these sizes that begin `start` bytes into the file."""
    count = len(sizes)
    movie = struct.pack(
        ">4IIH10x36s24xI", 0, 0, _FRAMES_A_SECOND, count, 0x10000, 0x100, _MATRIX, 2
    )
    track = struct.pack(
        ">3I4xI8x4H36sII", 0, 0, 1, count, 0, 0, 0, 0, _MATRIX, _WIDTH << 16, _HEIGHT << 16
    )
    media = struct.pack(">4IHH", 0, 0, _FRAMES_A_SECOND, count, 0x55C4, 0)  # language: und
    table = _box(
        b"stbl",
        _box(b"stsd", struct.pack(">II", 0, 1), _sample_entry()),
        _box(b"stts", struct.pack(">4I", 0, 1, count, 1)),
        _box(b"stsc", struct.pack(">5I", 0, 1, 1, count, 1)),
        _box(b"stsz", struct.pack(f">3I{count}I", 0, 0, count, *sizes)),
        _box(b"stco", struct.pack(">3I", 0, 1, start)),
    )
    here = _box(b"dref", struct.pack(">II", 0, 1), _box(b"url ", struct.pack(">I", 1)))
    information = _box(b"minf", _box(b"vmhd", struct.pack(">I8x", 1)), _box(b"dinf", here), table)
    return _box(
        b"moov",
        _box(b"mvhd", struct.pack(">I", 0), movie),
        _box(
            b"trak",
            _box(b"tkhd", struct.pack(">I", 3), track),  # flags: enabled, part of the film
            _box(
                b"mdia",
                _box(b"mdhd", struct.pack(">I", 0), media),
                _box(b"hdlr", struct.pack(">8x4s12x", b"vide"), b"\x00"),
                information,
            ),
        ),
    )


def _sample_entry() -> bytes:
    sequence, picture = _sequence_parameters(), _picture_parameters()
    configuration = _box(
        b"avcC",
        bytes([1, _BASELINE, _CONSTRAINED, _LEVEL]),
        b"\xff\xe1",  # lengths of four bytes, one sequence parameter set
        struct.pack(">H", len(sequence)),
        sequence,
        b"\x01",
        struct.pack(">H", len(picture)),
        picture,
    )
    entry = struct.pack(">6xH16xHHII4xH32xHh", 1, _WIDTH, _HEIGHT, _DPI_72, _DPI_72, 1, 24, -1)
    return _box(b"avc1", entry, configuration)


def _box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", len(body) + 8) + kind + body
