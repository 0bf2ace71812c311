;; Planes of I420 in the colours of video -> the same in those of JPEG (JFIF), sixteen pixels of two rows at a time.
;;
;; Numbers are fixed point of 16 bits: of a byte << 6 and a factor / 2 in Q15, the product has 5 bits below the point.
;; Functions of their own would read better and take twice the time: V8 inlines none.
(module
  (memory (export "memory") 4)

  ;; Planes stand at $y, $u and $v, what comes out of them $further on: the last step of a row ends where the row does,
  ;; and makes some of the step before again. A row has at least sixteen bytes.
  (func (export "convert")
    (param $y i32) (param $u i32) (param $v i32) (param $further i32)
    (param $stride i32) (param $chromaStride i32) (param $rowPairs i32)
    (param $yFactor i32) (param $yByU i32) (param $yByV i32) (param $yOffset i32)
    (param $uByU i32) (param $uByV i32) (param $vByU i32) (param $vByV i32)
    (local $x i32) (local $last i32) (local $at i32) (local $row i32) (local $end i32)
    (local $blue v128) (local $red v128) (local $level v128) (local $added v128) (local $addedLow v128) (local $addedHigh v128)
    (local $yy v128) (local $yu v128) (local $yv v128) (local $offset v128)
    (local $uu v128) (local $uv v128) (local $vu v128) (local $vv v128) (local $grey v128) (local $middle v128)
    (local.set $yy (i16x8.splat (local.get $yFactor)))
    (local.set $yu (i16x8.splat (local.get $yByU)))
    (local.set $yv (i16x8.splat (local.get $yByV)))
    (local.set $offset (i16x8.splat (local.get $yOffset)))
    (local.set $uu (i16x8.splat (local.get $uByU)))
    (local.set $uv (i16x8.splat (local.get $uByV)))
    (local.set $vu (i16x8.splat (local.get $vByU)))
    (local.set $vv (i16x8.splat (local.get $vByV)))
    (local.set $grey (i16x8.splat (i32.const 128)))
    ;; 128 << 5, and a half.
    (local.set $middle (i16x8.splat (i32.const 4112)))
    (local.set $last (i32.sub (local.get $stride) (i32.const 16)))
    (loop $pairs
      (local.set $x (i32.const 0))
      (loop $steps
        (local.set $at
          (select (local.get $x) (local.get $last) (i32.le_s (local.get $x) (local.get $last))))
        ;; Colour, eight of each.
        (local.set $blue
          (i16x8.shl
            (i16x8.sub
              (v128.load8x8_u (i32.add (local.get $u) (i32.shr_u (local.get $at) (i32.const 1))))
              (local.get $grey))
            (i32.const 6)))
        (local.set $red
          (i16x8.shl
            (i16x8.sub
              (v128.load8x8_u (i32.add (local.get $v) (i32.shr_u (local.get $at) (i32.const 1))))
              (local.get $grey))
            (i32.const 6)))
        (local.set $level
          (i8x16.narrow_i16x8_u
            (i16x8.shr_s
              (i16x8.add
                (local.get $middle)
                (i16x8.add
                  (i16x8.q15mulr_sat_s (local.get $blue) (local.get $uu))
                  (i16x8.q15mulr_sat_s (local.get $red) (local.get $uv))))
              (i32.const 5))
            (i16x8.shr_s
              (i16x8.add
                (local.get $middle)
                (i16x8.add
                  (i16x8.q15mulr_sat_s (local.get $blue) (local.get $vu))
                  (i16x8.q15mulr_sat_s (local.get $red) (local.get $vv))))
              (i32.const 5))))
        (local.set $row (i32.add (local.get $further) (i32.shr_u (local.get $at) (i32.const 1))))
        (v128.store64_lane 0 (i32.add (local.get $u) (local.get $row)) (local.get $level))
        (v128.store64_lane 1 (i32.add (local.get $v) (local.get $row)) (local.get $level))
        ;; What it adds to luma: each of it stands for two in a row, and two rows.
        (local.set $added
          (i16x8.add
            (local.get $offset)
            (i16x8.add
              (i16x8.q15mulr_sat_s (local.get $blue) (local.get $yu))
              (i16x8.q15mulr_sat_s (local.get $red) (local.get $yv)))))
        (local.set $addedLow
          (i8x16.shuffle 0 1 0 1 2 3 2 3 4 5 4 5 6 7 6 7 (local.get $added) (local.get $added)))
        (local.set $addedHigh
          (i8x16.shuffle 8 9 8 9 10 11 10 11 12 13 12 13 14 15 14 15 (local.get $added) (local.get $added)))
        (local.set $row (i32.add (local.get $y) (local.get $at)))
        (local.set $end (i32.add (local.get $row) (local.get $stride)))
        (loop $luma
          (local.set $level (v128.load (local.get $row)))
          (v128.store
            (i32.add (local.get $row) (local.get $further))
            (i8x16.narrow_i16x8_u
              (i16x8.shr_s
                (i16x8.add
                  (local.get $addedLow)
                  (i16x8.q15mulr_sat_s
                    (i16x8.shl (i16x8.extend_low_i8x16_u (local.get $level)) (i32.const 6))
                    (local.get $yy)))
                (i32.const 5))
              (i16x8.shr_s
                (i16x8.add
                  (local.get $addedHigh)
                  (i16x8.q15mulr_sat_s
                    (i16x8.shl (i16x8.extend_high_i8x16_u (local.get $level)) (i32.const 6))
                    (local.get $yy)))
                (i32.const 5))))
          (local.set $row (i32.add (local.get $row) (local.get $stride)))
          (br_if $luma (i32.le_s (local.get $row) (local.get $end))))
        (local.set $x (i32.add (local.get $x) (i32.const 16)))
        (br_if $steps (i32.lt_s (local.get $x) (local.get $stride))))
      (local.set $y (i32.add (local.get $y) (i32.shl (local.get $stride) (i32.const 1))))
      (local.set $u (i32.add (local.get $u) (local.get $chromaStride)))
      (local.set $v (i32.add (local.get $v) (local.get $chromaStride)))
      (local.set $rowPairs (i32.sub (local.get $rowPairs) (i32.const 1)))
      (br_if $pairs (local.get $rowPairs)))))
