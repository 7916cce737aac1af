# Draws quality-gate.svg (or, with -e "png=1", quality-gate.png) from quality-gate.csv beside it:
#
#   scripts/bench.sh quality --fundus IMAGES --list TEST_LIST --other PICTURES --every 2 \
#     --curves docs/figures/quality-gate.csv
#   gnuplot docs/figures/quality-gate.gnuplot
#
# Colours are those of M. Okabe and K. Ito, which colour-blind people tell apart; lines differ in
# dashes and points as well.
folder = ARG0 eq "" ? "docs/figures/" : system("dirname '" . ARG0 . "'") . "/"
data = folder . "quality-gate.csv"
set datafile separator comma
if (exists("png")) {
  set terminal pngcairo size 1200,760 font "DejaVu Sans,11"
  set output folder . "quality-gate.png"
} else {
  set terminal svg size 1200,760 font "DejaVu Sans,13" background "white"
  set output folder . "quality-gate.svg"
}

blue = "#0072B2"; orange = "#D55E00"; grey = "#999999"
set style line 1 linecolor rgb blue linewidth 2 pointtype 7 pointsize 0.7
set style line 2 linecolor rgb orange linewidth 2 dashtype (8, 5) pointtype 4 pointsize 0.8
set style line 3 linecolor rgb grey linewidth 1 dashtype 3
set grid ytics linecolor rgb "#dddddd" linetype 1
set border 3
set tics nomirror
set yrange [0:105]
set ytics 0, 20, 100
set key right bottom Left reverse samplen 3

# Refused in all and for that reason, of the lines of one group; the bars are 95 % intervals.
of(group, x) = strcol(1) eq group ? x : NaN
photographs = system("awk -F, '$1==\"set\" && $3==0 {print $4}' '" . data . "'") + 0
others = system("awk -F, '$1==\"set\" && $3==2 {print $4}' '" . data . "'") + 0

set multiplot layout 2, 3 title sprintf("What the quality gate refuses: %d test photographs made worse, %d other pictures (95 %% intervals)", photographs, others) font ",15"
set ylabel "refused, %"

set title "Blurred"
set xlabel "sigma of a Gaussian, pixels (short side 256)"
set xrange [0:4.1]
plot data using (of("blur", $3)):6:7:8 with yerrorbars linestyle 1 notitle, \
     data using (of("blur", $3)):6 with linespoints linestyle 1 title "refused", \
     data using (of("blur", $3)):(100.0 * column("blurred") / $4) with linespoints linestyle 2 title "as blurred"

set title "Dark"
set xlabel "brightness left, % of the photograph's"
set xrange [102:0]
set key left top
plot data using (of("dark", 100 * $3)):6:7:8 with yerrorbars linestyle 1 notitle, \
     data using (of("dark", 100 * $3)):6 with linespoints linestyle 1 title "refused", \
     data using (of("dark", 100 * $3)):(100.0 * column("too_dark") / $4) with linespoints linestyle 2 title "as too dark"

set title "Overexposed"
set xlabel "brightness, times the photograph's"
set xrange [1:3.05]
set key right bottom
plot data using (of("bright", $3)):6:7:8 with yerrorbars linestyle 1 notitle, \
     data using (of("bright", $3)):6 with linespoints linestyle 1 title "refused", \
     data using (of("bright", $3)):(100.0 * column("too_bright") / $4) with linespoints linestyle 2 title "as too bright"

set title "Cut off"
set xlabel "cut off at one side, % of the picture"
set xrange [0:71]
set key left top
plot data using (of("cut_off", 100 * $3)):6:7:8 with yerrorbars linestyle 1 notitle, \
     data using (of("cut_off", 100 * $3)):6 with linespoints linestyle 1 title "refused", \
     data using (of("cut_off", 100 * $3)):(100.0 * column("cut_off") / $4) with linespoints linestyle 2 title "as cut off"

# The sets that were not made worse.
set size 0.66, 0.485
set origin 0.34, 0.0
set bmargin 4.5
set title "Not made worse (goals: photographs at most 3 %, other pictures at least 95 %)"
unset xlabel
set xrange [-0.6:5.6]
set yrange [0:112]
set xtics ("photographs" 0, "natural colours,\nsimulated" 1, "other\npictures" 2, \
  "in a dark disc,\nnot zoomed" 3, "in a dark disc,\nzoomed × 2" 4, "in a dark disc,\nzoomed × 4" 5)
set style fill pattern
set boxwidth 0.6
unset key
plot data using (of("set", $3)):($3 < 2 ? $6 : NaN) with boxes linecolor rgb blue fillstyle solid 0.9, \
     data using (of("set", $3)):($3 >= 2 ? $6 : NaN) with boxes linecolor rgb orange fillstyle pattern 4, \
     data using (of("set", $3)):7:(0):($8 - $7) with vectors nohead linecolor rgb "black" linewidth 2, \
     data using (of("set", $3)):($8 + 5):(sprintf("%.1f %%", $6)) with labels
unset multiplot
