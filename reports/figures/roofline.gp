# SPDX-License-Identifier: Apache-2.0
# roofline.dat: block 0 = roof: label, x, y of one end, x, y of the other, 1 if it is of the memory;
#               block 1 = kernel: flops per byte, flop/s, variant rank, label or nothing; block 2 = what the axes hold.
load ARG0[:strlen(ARG0) - strlen("roofline.gp")]."style.inc"
file = "roofline.dat"
stats file index 2 using 1:2 name "X" nooutput
stats file index 2 using 3:4 name "Y" nooutput
set title "Kernels under the ceilings of this machine, one core" offset 0,0.3
set xlabel "floating-point or integer operations per byte moved (logarithmic)" offset 0,0.3
set ylabel "operations per second (logarithmic)" textcolor rgb ink noenhanced
set logscale xy
set xrange [X_min_x:X_max_y]
set yrange [Y_min_x:Y_max_y]
set xtics ("0.01" 0.01, "0.1" 0.1, "0.25" 0.25, "0.5" 0.5, "1" 1, "2" 2, "5" 5, "10" 10, "20" 20, "50" 50, "100" 100, "200" 200, "500" 500, "1000" 1000)
set ytics ("1 M" 1e6, "10 M" 1e7, "100 M" 1e8, "1 G" 1e9, "10 G" 1e10, "100 G" 1e11, "1 T" 1e12, "10 T" 1e13)
set grid xtics ytics lc rgb faint lw 0.6 lt 1
set key outside below center horizontal maxcols 8 samplen 0.6 width -2 Left reverse
set bmargin at screen 0.12
do for [kind in "svg png"] {
    eval sprintf(kind eq "svg" ? svg : png, 1200, 860)
    small = kind eq "svg" ? "10" : "7.5"
    set output "roofline.".kind.".tmp"
    plot file index 0 using ($6 > 0 ? $2 : NaN):3:($4 - $2):($5 - $3) with vectors nohead lw 1.4 lc rgb bad notitle, \
         file index 0 using ($6 > 0 ? NaN : $2):3:($4 - $2):($5 - $3) with vectors nohead lw 1.4 lc rgb ink notitle, \
         file index 0 using ($6 > 0 ? $2 : NaN):3:1 with labels left offset 0.8,1.2 font ",".small textcolor rgb bad notitle, \
         file index 0 using ($6 > 0 ? NaN : $4):5:1 with labels right offset -0.5,0.5 font ",".small textcolor rgb ink notitle, \
         for [i = 0:|variant| - 1] file index 1 using (int($3) == i ? $1 : NaN):2 with points pt 7 ps 0.6 lc rgb colour[i + 1] title variant[i + 1], \
         file index 1 using 1:2:4 with labels left offset 0.6,0 font ",".small textcolor rgb ink notitle
    set output
}
