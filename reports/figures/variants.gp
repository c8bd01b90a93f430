# SPDX-License-Identifier: Apache-2.0
# variants.dat: block 0 = middle of a group, label, from, to; blocks 1 to 6 = one variant each: row, speed-up, low, high,
#               its text.
load ARG0[:strlen(ARG0) - strlen("variants.gp")]."style.inc"
file = "variants.dat"
stats file index 0 using 4 name "R" nooutput
stats file index 0 using 0 name "G" nooutput
low = 0.9; high = 1.5
do for [i = 1:|variant|] {
    stats file index i using ($2 > 0 ? $3 : NaN):($2 > 0 ? $4 : NaN) name "V" nooutput
    if (exists("V_min_x")) { low = V_min_x < low ? V_min_x / 1.05 : low; high = V_max_y > high ? V_max_y : high; undefine V_* }
}
high = high * 1.6
height = 150 + 19 * R_max
set tmargin at screen 1 - 66.0 / height
set title "Speed-up of each variant over the scalar reference" offset 0,1.6
set xlabel "times as fast as the scalar reference (logarithmic)"
set logscale x
set xrange [low:high]
set yrange [R_max + 0.1:0.2]
set xtics (0.1, 0.2, 0.5, 1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 500, 1000)
set ytics scale 0
set key at screen 0.6, screen 1 - 46.0 / height center center horizontal maxcols 6 maxrows 2 samplen 1.2 width -4 Left reverse
set arrow 1 from 1, graph 0 to 1, graph 1 nohead lc rgb ink lw 1.2 front
do for [kind in "svg png"] {
    eval sprintf(kind eq "svg" ? svg : png, 960, height)
    set output "variants.".kind.".tmp"
    plot file index 0 using (low):(int($0) % 2 ? NaN : $1):(low):(high):3:4 with boxxyerror \
             fs solid noborder fc rgb band notitle, \
         for [i = 1:|variant|] file index i using 2:1:(1):2:($1 - 0.4):($1 + 0.4) with boxxyerror \
             fs solid noborder fc rgb colour[i] title variant[i], \
         for [i = 1:|variant|] file index i using 3:1:($4 - $3):(0) with vectors nohead lw 1.6 lc rgb ink notitle, \
         for [i = 1:|variant|] file index i using ($4 > 1 ? $4 : 1):1:5 with labels left offset 0.6,0 \
             font ",".(kind eq "svg" ? "10" : "8") textcolor rgb ink notitle, \
         file index 0 using (1):1:ytic(2) with points ps 0 notitle
    set output
}
